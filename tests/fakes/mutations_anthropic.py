"""Mutations of a third request to Anthropic: two turns with calls lie behind it
(messages 1 and 3), their results in messages 2 and 4."""

from mutation import (RAW, Mutation, drop, edit, meant, put, swapped, typed,
                      with_header, without)

_MARK = {"type": "ephemeral"}
_CALL = ("messages", 1, "content", 2)
_THOUGHT = ("messages", 1, "content", 0)
_RESULTS = ("messages", 2, "content")


def _five_marks(body):
    for tool in body["tools"]:
        tool["cache_control"] = _MARK


def _short_before_long(body):
    body["messages"][-1]["content"][-1]["cache_control"] = {
        "type": "ephemeral", "ttl": "1h"}


def _no_results(body):
    body["messages"][2]["content"] = [{"type": "text", "text": "no results"}]


def _strict_open(body):
    body["tools"][0]["strict"] = True
    del body["tools"][0]["input_schema"]["additionalProperties"]


def _same_id(body):
    new = body["messages"][1]["content"][2]["id"]
    body["messages"][3]["content"][1]["id"] = new
    body["messages"][4]["content"][0]["tool_use_id"] = new


HEADERS = [
    Mutation("no key", "x-api-key", headers=without("x-api-key"), status=401),
    Mutation("a wrong key", "invalid x-api-key", status=401,
             headers=with_header("x-api-key", "another")),
    Mutation("no version", "anthropic-version",
             headers=without("anthropic-version")),
    Mutation("an old version", "anthropic-version",
             headers=with_header("anthropic-version", "2023-06-01")),
]

BODY = [
    typed("no model", "model: Field required", drop("model")),
    typed("no limit", "max_tokens: Field required", drop("max_tokens")),
    typed("a limit as text", "max_tokens", put("max_tokens", "4096")),
    meant("a fraction as limit", "max_tokens", put("max_tokens", 10.5)),
    meant("too high a limit", "> 64000", put("max_tokens", 64001)),
    typed("no messages", "messages: Field required", drop("messages")),
    meant("empty messages", "messages", put("messages", [])),
    typed("an unknown field", "Extra inputs", put("max_output_tokens", 10)),
    typed("temperature", "`temperature`", put("temperature", 0.2)),
    typed("top_p", "`top_p`", put("top_p", 0.9)),
    typed("top_k", "`top_k`", put("top_k", 40)),
    meant("any tool is forced", "forces tool use",
          put("tool_choice", {"type": "any"})),
    meant("one tool is forced", "forces tool use",
          put("tool_choice", {"type": "tool", "name": "look"})),
    typed("an unknown tool choice", "tool_choice",
          put("tool_choice", {"type": "required"})),
    meant("thinking off", "always thinks",
          put("thinking", {"type": "disabled"})),
    meant("a thinking budget", "always thinks",
          put("thinking", {"type": "enabled", "budget_tokens": 2048})),
    typed("an unknown effort", "output_config.effort",
          put("output_config", {"effort": "maximal"})),
    typed("an output format of OpenAI", "output_config.format",
          put("output_config", {"format": {"type": "json_object"}})),
    meant("an output schema that is open", "additionalProperties",
          put("output_config", {"format": {"type": "json_schema", "schema": {
              "type": "object"}}})),
    typed("stream as text", "stream", put("stream", "true")),
    typed("system as an object", "system", put("system", {"text": "x"})),
    typed("a system block of no type", "system.0.type",
          drop("system", 0, "type")),
    meant("an empty system block", "non-empty", put("system", 0, "text", "")),
    typed("an unknown cache mark", "cache_control",
          put("system", 0, "cache_control", {"type": "persistent"})),
    typed("an unknown lifetime", "ttl",
          put("system", 0, "cache_control", {"type": "ephemeral",
                                             "ttl": "10m"})),
    meant("five cache marks", "maximum of 4", _five_marks),
    meant("a long mark behind a short one", "ttl='1h'", _short_before_long),
    typed("a tool without a schema", "input_schema",
          drop("tools", 0, "input_schema")),
    typed("a schema by another name", "tools.0",
          put("tools", 0, {"name": "look", "parameters": {"type": "object"}})),
    typed("a schema of no object", "input_schema.type",
          put("tools", 0, "input_schema", "type", "array")),
    meant("a tool's name with blanks", "tools.0.name",
          put("tools", 0, "name", "look at")),
    meant("two tools of one name", "unique", put("tools", 1, "name", "look")),
    typed("a tool of OpenAI's form", "tools.0",
          put("tools", 0, {"type": "function", "function": {"name": "look"}})),
    meant("a strict tool that is open", "additionalProperties", _strict_open),
    typed("the role tool", "role", put("messages", 2, "role", "tool")),
    typed("a message without content", "content: Field required",
          drop("messages", 0, "content")),
    typed("a message with a name", "Extra inputs",
          put("messages", 0, "name", "me")),
    meant("an empty text", "non-empty",
          put("messages", 0, "content", 0, "text", "")),
    meant("a blank text", "non-whitespace",
          put("messages", 0, "content", 0, "text", " \n")),
    meant("the model's message first", "first message",
          drop("messages", 0)),
    meant("the model's message last", "without `tool_result`",
          drop("messages", 4)),
    meant("an input as text", "input", edit(*_CALL, "input", str)),
    typed("a call without an id", "id: Field required", drop(*_CALL, "id")),
    typed("a call of OpenAI's form", "Extra inputs",
          put(*_CALL, "arguments", "{}")),
    meant("an orphan result", "unexpected `tool_use_id`",
          put(*_RESULTS, 0, "tool_use_id", "toolu_01none")),
    meant("a result missing", "without `tool_result`", drop(*_RESULTS, 1)),
    meant("no results", "without `tool_result`", _no_results),
    meant("a result twice", "single result", lambda body: body["messages"][2][
        "content"].append(dict(body["messages"][2]["content"][0]))),
    meant("a text before the results", "must stand first",
          lambda body: body["messages"][2]["content"].insert(
              0, {"type": "text", "text": "here"})),
    meant("a text behind the results", "nothing may follow",
          lambda body: body["messages"][4]["content"].append(
              {"type": "text", "text": "finish now"})),
    meant("a text in a message behind them", "may not follow",
          lambda body: body["messages"].append(
              {"role": "user", "content": "finish now"})),
    meant("an id used twice", "unique", _same_id),
    typed("an error flag as text", "is_error",
          put(*_RESULTS, 0, "is_error", "false")),
    typed("a result as an object", "content",
          put(*_RESULTS, 0, "content", {"output": "x"})),
    # What is bound to the conversation.
    meant("thinking left out", "thinking", drop(*_THOUGHT)),
    meant("thinking altered", "cannot be modified",
          edit(*_THOUGHT, "thinking", lambda text: text + " ")),
    meant("a signature altered", "signature",
          edit(*_THOUGHT, "signature", lambda text: "A" + text[1:])),
    typed("a signature missing", "signature: Field required",
          drop(*_THOUGHT, "signature")),
    meant("thinking behind the text", "thinking", swapped("messages", 1,
                                                          "content")),
    meant("the model's text altered", "not what the model has said",
          put("messages", 1, "content", 1, "text", "Something else.")),
    meant("the model's call altered", "not what the model has said",
          put(*_CALL, "input", {"text": "another"})),
    meant("the call's keys in another order", "not what the model has said",
          edit(*_CALL, "input", lambda value: dict(reversed(value.items())))),
    meant("the first message altered", "not what was sent before",
          put("messages", 0, "content", 0, "text", "Other words.")),
    meant("a result altered later", "not what was sent before",
          put(*_RESULTS, 0, "content", "(old result removed)")),
    meant("a turn taken out", "cannot be modified",
          lambda body: body["messages"].__delitem__(slice(1, 3))),
    meant("the system text altered", "system is not what it was",
          put("system", 0, "text", "You are terse.")),
    meant("a tool taken away", "tools is not what it was", drop("tools", 1)),
    meant("the tools in another order", "tools is not what it was",
          swapped("tools")),
    meant("another model", "model is not what it was", put("model", "other")),
]
ALL = HEADERS + RAW + BODY
