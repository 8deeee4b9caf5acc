"""POST /v1/responses: what is taken and what is not."""

import script
from api import Checked
from conversations import Item
from fields import (Refused, Style, anything, array, boolean, free_object,
                    integer, json_schema, nullable, one_of, record, string,
                    tagged, text_or)

STYLE = Style(False, "Unknown parameter: '{path}'.",
              "Missing required parameter: '{path}'.",
              "Invalid type for '{path}': expected {expected}.",
              "unknown_parameter", "missing_required_parameter",
              "invalid_type")
STRICT_BANNED = ("allOf", "not", "if", "then", "else", "dependentRequired",
                 "dependentSchemas", "patternProperties", "oneOf")
NAME = r"[a-zA-Z0-9_-]{1,64}"

_input_text = record({"type": one_of("input_text"), "text": string(1)})
_user_content = text_or(array(tagged("type", {"input_text": _input_text}),
                              least=1))
_status = one_of("completed", "incomplete", "in_progress")


def _message(value, path, style):
    role = value.get("role")
    if role == "assistant":
        part = tagged("type", {
            "output_text": record(
                {"type": anything, "text": string()},
                {"annotations": array(anything), "logprobs": array(anything)}),
            "refusal": record({"type": anything, "refusal": string()})})
        record({"type": one_of("message"), "id": string(1), "role": anything,
                "status": _status, "content": array(part, least=1)},
               {"phase": nullable(one_of("commentary", "final_answer"))})(
                   value, path, style)
        return
    record({"role": one_of("user", "system", "developer"),
            "content": _user_content}, {"type": one_of("message")})(
                value, path, style)


def _summary(value, path, style):
    record({"type": one_of("summary_text"), "text": string()})(
        value, path, style)


_item = tagged("type", {
    "message": _message,
    "reasoning": record(
        {"type": anything, "id": string(1), "summary": array(_summary)},
        {"encrypted_content": nullable(string(1)), "status": _status,
         "content": nullable(array(anything))}),
    "function_call": record(
        {"type": anything, "call_id": string(1, 64), "name": string(
            pattern=NAME), "arguments": string()},
        {"id": string(1), "status": _status}),
    "function_call_output": record(
        {"type": anything, "call_id": string(1, 64),
         "output": text_or(array(tagged("type",
                                        {"input_text": _input_text})))},
        {"id": nullable(string(1)), "status": _status}),
}, default="message")


def _tool(value, path, style):
    record({"type": one_of("function"), "name": string(pattern=NAME),
            "parameters": json_schema(), "strict": boolean},
           {"description": nullable(string())})(value, path, style)
    if value["strict"]:
        json_schema(strict="all", banned=STRICT_BANNED)(
            value["parameters"], path + ("parameters",), style)


def unsupported(value, path, style):
    """Sampling is not to be had of models that reason."""
    raise style.says(path, f"Unsupported parameter: '{path[-1]}' is not "
                     "supported with this model.", "unsupported_parameter")


def format_schema(value, path, style):
    record({"type": anything, "name": string(pattern=NAME),
            "schema": json_schema()},
           {"strict": nullable(boolean), "description": string()})(
               value, path, style)
    if value.get("strict"):
        json_schema(strict="all", banned=STRICT_BANNED)(
            value["schema"], path + ("schema",), style)


EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
metadata = nullable(free_object)

_BODY = record(
    {"model": string(1), "input": array(_item, least=1)},
    {"instructions": nullable(string()), "tools": array(_tool, most=128),
     "store": nullable(boolean), "stream": nullable(boolean),
     "include": nullable(array(one_of("reasoning.encrypted_content",
                                      "message.output_text.logprobs"))),
     "max_output_tokens": nullable(integer(16)),
     "max_tool_calls": nullable(integer(1)),
     "prompt_cache_key": nullable(string(1, 64)),
     "prompt_cache_retention": nullable(one_of("in_memory", "24h")),
     "reasoning": nullable(record({}, {
         "effort": nullable(one_of(*EFFORTS)),
         "summary": nullable(one_of("auto", "concise", "detailed"))})),
     "text": record({}, {
         "format": tagged("type", {"text": record({"type": anything}),
                                   "json_schema": format_schema}),
         "verbosity": nullable(one_of("low", "medium", "high"))}),
     "tool_choice": text_or(free_object),
     "parallel_tool_calls": nullable(boolean),
     "service_tier": nullable(one_of("auto", "default", "flex", "scale",
                                     "priority")),
     "stream_options": nullable(record({}, {"include_obfuscation": boolean})),
     "safety_identifier": nullable(string(1, 64)), "metadata": metadata,
     "truncation": nullable(one_of("auto", "disabled")),
     "user": string(), "top_logprobs": nullable(integer(0, 20)),
     "temperature": unsupported, "top_p": unsupported,
     "background": nullable(boolean),
     "previous_response_id": nullable(string(1))})


def check_bearer(headers, settings):
    given = headers.get("authorization", "")
    if not given:
        raise Refused("You didn't provide an API key. You need to provide your "
                      "API key in an Authorization header using Bearer auth "
                      "(i.e. Authorization: Bearer YOUR_KEY).", status=401)
    kind, _, key = given.partition(" ")
    if kind.lower() != "bearer" or not key or (settings.key
                                               and key != settings.key):
        raise Refused("Incorrect API key provided.", status=401,
                      code="invalid_api_key")


check_headers = check_bearer


def overflow(spent, checked, settings):
    if spent.total + checked.max_tokens > settings.window:
        raise Refused("Your input exceeds the context window of this model. "
                      "Please adjust your input and try again.", "input",
                      code="context_length_exceeded")


def check(body, settings, target):
    value = body.value
    _BODY(value, (), STYLE)
    _check_storing(value)
    limit = value.get("max_output_tokens") or 0
    if limit > settings.max_output:
        raise STYLE.says(("max_output_tokens",), "integer above maximum value. "
                         f"Expected a value <= {settings.max_output}, but got "
                         f"{limit} instead.", "integer_above_max_value")
    check_tool_names([tool["name"] for tool in value.get("tools", [])], STYLE)
    _check_choice(value)
    _check_calls(value["input"])
    texts = body.elements("input")
    items = [Item(_is_reply(each), text, each)
             for each, text in zip(value["input"], texts)]
    return Checked(
        request=_view(value),
        bound={"model": value["model"],
               "instructions": body.raw.get("instructions", ""),
               "tools": body.raw.get("tools", "")},
        items=items,
        prompt=[body.raw.get("tools", ""), body.raw.get("instructions", "")]
        + texts,
        scope=("responses", value["model"], value.get("prompt_cache_key")),
        stream=bool(value.get("stream")), max_tokens=limit, grouped=True,
        options=value)


def _check_storing(value):
    for name in ("background", "previous_response_id"):
        if value.get(name):
            raise STYLE.says((name,), f"'{name}' needs a stored response, and "
                             "this client stores none", "invalid_value")
    if value.get("store") is not False:
        raise STYLE.says(("store",), "'store' must be set to false: zero data "
                         "retention is enforced", "invalid_value")
    if "reasoning.encrypted_content" not in (value.get("include") or []):
        raise STYLE.says(("include",), "with store set to false, reasoning is "
                         "lost unless 'reasoning.encrypted_content' is "
                         "included", "invalid_value")
    if value.get("stream_options") and not value.get("stream"):
        raise STYLE.says(("stream_options",), "The 'stream_options' parameter "
                         "is only allowed when 'stream' is enabled.",
                         "invalid_value")


def check_tool_names(names, style):
    for index, name in enumerate(names):
        if name in names[:index]:
            raise style.says(("tools", index, "name"), f"Tool '{name}' is "
                             "there twice", "invalid_value")


def _check_choice(value):
    choice = value.get("tool_choice", "auto")
    if isinstance(choice, str):
        one_of("auto", "none", "required")(choice, ("tool_choice",), STYLE)
    else:
        record({"type": one_of("function"), "name": one_of(
            *[tool["name"] for tool in value.get("tools", [])])})(
                choice, ("tool_choice",), STYLE)


def _is_reply(item):
    return item.get("type") in ("reasoning", "function_call") or (
        item.get("role") == "assistant")


def _check_calls(items):
    """Each call is answered behind it, before anything else is said."""
    open_calls, seen, before = [], set(), None
    for index, item in enumerate(items):
        path = ("input", index)
        kind = item.get("type", "message")
        if kind == "function_call":
            if item["call_id"] in seen:
                raise STYLE.says(path + ("call_id",), "Duplicate call_id "
                                 + item["call_id"], "invalid_value")
            seen.add(item["call_id"])
            open_calls.append(item["call_id"])
        elif kind == "function_call_output":
            if item["call_id"] not in open_calls:
                raise STYLE.says(path, "No tool call found for function call "
                                 f"output with call_id {item['call_id']}.",
                                 "invalid_value")
            open_calls.remove(item["call_id"])
        elif open_calls and (not _is_reply(item)
                             or before == "function_call_output"):
            raise _no_output(open_calls)
        if before == "function_call_output" and kind == "function_call":
            if len(open_calls) > 1:
                raise _no_output(open_calls)
        if before == "reasoning" and not _is_reply(item):
            raise STYLE.says(path, "Item of type 'reasoning' was provided "
                             "without its required following item.",
                             "invalid_value")
        before = kind
    if open_calls:
        raise _no_output(open_calls)


def _no_output(calls):
    return STYLE.says(("input",), "No tool output found for function call "
                      f"{calls[0]}.", "invalid_value")


def _text_of(content):
    if isinstance(content, str):
        return content
    return "\n".join(part.get("text", part.get("refusal", ""))
                     for part in content)


def _view(value):
    system, messages, names = value.get("instructions") or "", [], {}

    def add(role, part):
        if not messages or messages[-1][0] != role:
            messages.append((role, []))
        messages[-1][1].append(part)

    for item in value["input"]:
        kind = item.get("type", "message")
        if kind == "function_call":
            names[item["call_id"]] = item["name"]
            add("assistant", script.ToolCall(item["call_id"], item["name"],
                                             item["arguments"]))
        elif kind == "function_call_output":
            add("user", script.ToolResult(
                item["call_id"], names.get(item["call_id"], ""),
                _text_of(item["output"])))
        elif kind == "message" and item["role"] in ("system", "developer"):
            system += "\n" + _text_of(item["content"])
        elif kind == "message":
            add(item["role"], script.Text(_text_of(item["content"])))
    script.parse_arguments(messages)
    form = (value.get("text") or {}).get("format") or {}
    return script.Request(
        api="responses", dialect="", model=value["model"], system=system,
        tools=[script.Tool(tool["name"], tool.get("description") or "",
                           tool["parameters"])
               for tool in value.get("tools", [])],
        messages=messages, max_tokens=value.get("max_output_tokens") or 0,
        schema=form.get("schema"), stream=bool(value.get("stream")))
