"""Mutations of a third request to Responses. Its input: 0 our text; 1
reasoning, 2 text, 3 and 4 calls, 5 and 6 their outputs; 7 reasoning, 8 a call,
9 its output."""

from mutation import (RAW, Mutation, drop, edit, meant, put, swapped, typed,
                      with_header, without)


def _strict_open(body):
    body["tools"][0]["strict"] = True


def _chat_tool(body):
    tool = body["tools"][0]
    body["tools"][0] = {"type": "function", "function": {
        "name": tool["name"], "parameters": tool["parameters"]}}


def _output_first(body):
    body["input"].insert(3, body["input"].pop(5))


def _same_id(body):
    body["input"][8]["call_id"] = body["input"][3]["call_id"]
    body["input"][9]["call_id"] = body["input"][3]["call_id"]


HEADERS = [
    Mutation("no key", "API key", headers=without("authorization"),
             status=401),
    Mutation("a wrong key", "Incorrect API key", status=401,
             headers=with_header("authorization", "Bearer another")),
    Mutation("a key without Bearer", "Incorrect API key", status=401,
             headers=with_header("authorization", "a-key")),
]

BODY = [
    Mutation("no model", "'model'", drop("model")),
    Mutation("no input", "'input'", drop("input")),
    typed("messages instead", "'messages'", put("messages", [])),
    typed("an unknown field", "'max_tokens'", put("max_tokens", 10)),
    typed("a chat format", "'response_format'",
          put("response_format", {"type": "json_object"})),
    typed("chat's effort", "'reasoning_effort'",
          put("reasoning_effort", "high")),
    meant("temperature", "'temperature'", put("temperature", 0.2)),
    meant("top_p", "'top_p'", put("top_p", 0.5)),
    meant("stored", "'store'", put("store", True)),
    meant("storing left to the default", "'store'", drop("store")),
    meant("reasoning not asked for", "'reasoning.encrypted_content'",
          drop("include")),
    typed("an unknown include", "include",
          put("include", ["reasoning.encrypted"])),
    meant("another response before it", "previous_response_id",
          put("previous_response_id", "resp_1")),
    meant("in the background", "background", put("background", True)),
    typed("a limit as text", "max_output_tokens",
          put("max_output_tokens", "100")),
    meant("a limit below 16", "max_output_tokens", put("max_output_tokens", 1)),
    meant("too high a limit", "max_output_tokens",
          put("max_output_tokens", 64001)),
    typed("an unknown effort", "reasoning.effort",
          put("reasoning", {"effort": "maximal"})),
    typed("an unknown service tier", "service_tier",
          put("service_tier", "cheap")),
    meant("a long cache key", "prompt_cache_key",
          put("prompt_cache_key", "k" * 65)),
    typed("a schema beside its format", "text.format",
          put("text", {"format": {"type": "json_schema", "json_schema": {}}})),
    typed("stream as text", "stream", put("stream", "yes")),
    typed("a tool of chat's form", "tools[0]", _chat_tool),
    typed("a tool without strict", "tools[0].strict",
          drop("tools", 0, "strict")),
    typed("a tool without parameters", "tools[0].parameters",
          drop("tools", 0, "parameters")),
    meant("parameters of no object", "parameters.type",
          put("tools", 0, "parameters", "type", "string")),
    meant("a strict tool that lets fields out", "required", _strict_open),
    meant("a tool's name with a dot", "tools[0].name",
          put("tools", 0, "name", "a.b")),
    meant("two tools of one name", "twice", put("tools", 1, "name", "look")),
    typed("an unknown tool choice", "tool_choice", put("tool_choice", "any")),
    meant("a choice of no tool", "tool_choice",
          put("tool_choice", {"type": "function", "name": "none"})),
    typed("an item of no kind", "input[0]",
          put("input", 0, {"type": "text", "text": "x"})),
    typed("a text part of chat's kind", "input[0].content[0].type",
          put("input", 0, "content", 0, "type", "text")),
    typed("the role tool", "role", put("input", 0, "role", "tool")),
    typed("arguments as an object", "arguments",
          put("input", 3, "arguments", {"text": "x"})),
    typed("a call without call_id", "call_id", drop("input", 3, "call_id")),
    meant("an output without call_id", "call_id", drop("input", 5, "call_id")),
    typed("an output as an object", "output",
          put("input", 5, "output", {"text": "x"})),
    meant("an orphan output", "No tool call found",
          put("input", 5, "call_id", "call_none")),
    meant("an output missing", "No tool output found", drop("input", 5)),
    meant("the last output missing", "No tool output found",
          drop("input", 9)),
    meant("an output twice", "No tool call found",
          lambda body: body["input"].append(dict(body["input"][9]))),
    meant("an output before its call", "No tool call found", _output_first),
    meant("an id used twice", "Duplicate", _same_id),
    # What is bound to the conversation.
    meant("reasoning left out", "could not be verified", drop("input", 1)),
    meant("encrypted reasoning left out", "could not be verified",
          drop("input", 1, "encrypted_content")),
    meant("encrypted reasoning altered", "could not be verified",
          edit("input", 1, "encrypted_content", lambda text: text[:-8])),
    meant("the summary altered", "not what was put out",
          put("input", 1, "summary", [])),
    meant("reasoning moved", "could not be verified",
          lambda body: body["input"].insert(2, body["input"].pop(1))),
    typed("an item without its id", "input[1].id", drop("input", 1, "id")),
    meant("the model's text altered", "not what was put out",
          put("input", 2, "content", 0, "text", "Other.")),
    meant("the arguments written anew", "not what was put out",
          edit("input", 3, "arguments", lambda text: text.replace(":", ": "))),
    meant("calls in another order", "not what was put out",
          lambda body: body["input"].insert(3, body["input"].pop(4))),
    meant("the first text altered", "not what was sent before",
          put("input", 0, "content", 0, "text", "Other words.")),
    meant("an output altered later", "not what was sent before",
          put("input", 5, "output", "(removed)")),
    meant("the instructions altered", "instructions is not what",
          put("instructions", "Be terse.")),
    meant("a tool taken away", "tools is not what it was", drop("tools", 1)),
    meant("the tools in another order", "tools is not what it was",
          swapped("tools")),
    meant("another model", "model is not what it was", put("model", "other")),
]
ALL = HEADERS + RAW + BODY
