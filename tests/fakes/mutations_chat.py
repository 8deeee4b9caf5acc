"""Mutations of a third chat completion. Its messages: 0 system, 1 ours; 2 the
model's with two calls, 3 and 4 their results; 5 with a call, 6 its result."""

from mutation import (RAW, Mutation, drop, edit, meant, put, swapped, typed,
                      with_header, without)

_CALL = ("messages", 2, "tool_calls", 0)


def _two_limits(body):
    body["max_tokens"] = body["max_completion_tokens"] = 100


def _same_id(body):
    same = body["messages"][2]["tool_calls"][0]["id"]
    body["messages"][5]["tool_calls"][0]["id"] = same
    body["messages"][6]["tool_call_id"] = same


def _responses_tool(body):
    body["tools"][0] = {"type": "function", "name": "look",
                        "parameters": {"type": "object"}}


HEADERS = [
    Mutation("no key", "API key", headers=without("authorization"),
             status=401),
    Mutation("a wrong key", "Incorrect API key", status=401,
             headers=with_header("authorization", "Bearer another")),
]

# For every dialect.
BODY = [
    typed("no model", "'model'", drop("model")),
    typed("no messages", "'messages'", drop("messages")),
    meant("empty messages", "messages", put("messages", [])),
    typed("input instead", "'input'", put("input", "x")),
    typed("an unknown field", "'max_output_tokens'",
          put("max_output_tokens", 10)),
    typed("stream as text", "stream", put("stream", "true")),
    typed("stream options of no kind", "stream_options",
          put("stream_options", {"usage": True})),
    meant("stream options without a stream", "only allowed when",
          put("stream", False)),
    typed("a format of no kind", "response_format",
          put("response_format", {"type": "json"})),
    typed("a schema beside its place", "json_schema",
          put("response_format", {"type": "json_schema", "schema": {}})),
    typed("a tool of Responses' form", "tools[0]", _responses_tool),
    typed("a tool of no type", "tools[0].type", drop("tools", 0, "type")),
    typed("a tool without a name", "tools[0].function.name",
          drop("tools", 0, "function", "name")),
    meant("a tool's name with blanks", "tools[0].function.name",
          put("tools", 0, "function", "name", "a b")),
    meant("parameters of no object", "parameters.type",
          put("tools", 0, "function", "parameters", "type", "string")),
    meant("two tools of one name", "twice",
          put("tools", 1, "function", "name", "look")),
    typed("an unknown tool choice", "tool_choice", put("tool_choice", "any")),
    meant("a choice of no tool", "tool_choice", put("tool_choice", {
        "type": "function", "function": {"name": "none"}})),
    typed("an unknown role", "role", put("messages", 1, "role", "human")),
    typed("a message without content", "content",
          drop("messages", 1, "content")),
    meant("an empty message", "must not be empty",
          put("messages", 1, "content", "")),
    typed("a part of Responses' kind", "content[0].type",
          put("messages", 1, "content", [{"type": "input_text",
                                          "text": "x"}])),
    typed("arguments as an object", "arguments",
          put(*_CALL, "function", "arguments", {"text": "x"})),
    typed("a call without an id", ".id", drop(*_CALL, "id")),
    typed("a call of no type", ".type", drop(*_CALL, "type")),
    typed("a result without its id", "tool_call_id",
          drop("messages", 3, "tool_call_id")),
    typed("a result as an object", "content",
          put("messages", 3, "content", {"output": "x"})),
    meant("an orphan result", "no call has the id",
          put("messages", 3, "tool_call_id", "call_none")),
    meant("a result missing", "did not have response", drop("messages", 3)),
    meant("the last result missing", "did not have response",
          drop("messages", 6)),
    meant("a result twice", "no call has the id", lambda body: body[
        "messages"].append(dict(body["messages"][6]))),
    meant("a text between call and result", "did not have response",
          lambda body: body["messages"].insert(
              3, {"role": "user", "content": "wait"})),
    meant("an id used twice", "Duplicate", _same_id),
    meant("a system text in the middle", "must stand first",
          lambda body: body["messages"].append(
              {"role": "system", "content": "finish"})),
    meant("a turn of the model's with nothing", "must have content",
          lambda body: body["messages"].append({"role": "assistant",
                                                "content": None})),
    # What a cache is bound to.
    meant("the model's text altered", "not what was said",
          put("messages", 2, "content", "Other.")),
    meant("the arguments written anew", "not the calls",
          edit(*_CALL, "function", "arguments",
               lambda text: text.replace(":", ": "))),
    meant("calls in another order", "not the calls",
          swapped("messages", 2, "tool_calls")),
    meant("the system text altered", "not what was sent before",
          put("messages", 0, "content", "Be terse.")),
    meant("the first text altered", "not what was sent before",
          put("messages", 1, "content", "Other words.")),
    meant("a result altered later", "not what was sent before",
          put("messages", 3, "content", "(removed)")),
    meant("a tool taken away", "tools is not what it was", drop("tools", 1)),
    meant("the tools in another order", "tools is not what it was",
          swapped("tools")),
    meant("another model", "model is not what it was", put("model", "other")),
]

OPENAI = [
    meant("max_tokens", "max_completion_tokens", put("max_tokens", 100)),
    typed("a limit as text", "max_completion_tokens",
          put("max_completion_tokens", "100")),
    meant("too high a limit", "too large",
          put("max_completion_tokens", 64001)),
    meant("temperature", "'temperature'", put("temperature", 0.2)),
    meant("top_p", "'top_p'", put("top_p", 0.2)),
    typed("top_k", "'top_k'", put("top_k", 4)),
    meant("tools with reasoning", "/v1/responses",
          put("reasoning_effort", "high")),
    typed("an unknown effort", "reasoning_effort",
          put("reasoning_effort", "maximal")),
]
LOCAL = [
    meant("max_completion_tokens", "Use 'max_tokens'",
          put("max_completion_tokens", 100)),
    meant("hotter than may be", "temperature", put("temperature", 3)),
    meant("a limit of none", "max_tokens", put("max_tokens", 0)),
]
OPENROUTER = [
    meant("two limits", "only one limit", _two_limits),
    meant("reasoning left out", "must be passed back",
          drop("messages", 2, "reasoning_details")),
    meant("reasoning altered", "not the reasoning", edit(
        "messages", 2, "reasoning_details", 0, "signature",
        lambda text: "A" + text[1:])),
    meant("reasoning's text altered", "not the reasoning",
          put("messages", 2, "reasoning", "other")),
]
OF_DIALECT = {"openai": HEADERS + RAW + BODY + OPENAI,
              "vllm": RAW + BODY + LOCAL, "llamacpp": RAW + BODY + LOCAL,
              "ollama": RAW + BODY + LOCAL,
              "openrouter": HEADERS + RAW + BODY + OPENROUTER}
ALL = OF_DIALECT["openai"]
