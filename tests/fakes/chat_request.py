"""POST /v1/chat/completions: what is taken, by the server that is played."""

import script
from api import Checked
from conversations import Item
from fields import (Refused, Style, anything, array, boolean, free_object,
                    integer, json_schema, nullable, number, one_of, record,
                    string, tagged, text_or)
from responses_request import (EFFORTS, NAME, STRICT_BANNED, check_bearer,
                               check_tool_names, format_schema, metadata,
                               unsupported)

STYLE = Style(False, "Unknown parameter: '{path}'.",
              "Missing required parameter: '{path}'.",
              "Invalid type for '{path}': expected {expected}.",
              "unknown_parameter", "missing_required_parameter",
              "invalid_type")
LOCAL = ("vllm", "llamacpp", "ollama")

_text_part = record({"type": one_of("text"), "text": string(1)})
_content = text_or(array(_text_part, least=1))


def _nonempty(value, path, style):
    _content(value, path, style)
    if not value:
        raise style.says(path, "content must not be empty", "invalid_value")


_call = record({"id": string(1), "type": one_of("function"),
                "function": record({"name": string(pattern=NAME),
                                    "arguments": string()})})
_assistant = record(
    {"role": anything},
    {"content": nullable(_content), "tool_calls": array(_call, least=1),
     "refusal": nullable(string()), "name": string(1),
     # Of servers that show the reasoning; openrouter's must come back.
     "reasoning_content": nullable(string()), "reasoning": nullable(string()),
     "reasoning_details": array(free_object)})
_ROLES = {
    "system": record({"role": anything, "content": _nonempty},
                     {"name": string(1)}),
    "developer": record({"role": anything, "content": _nonempty},
                        {"name": string(1)}),
    "user": record({"role": anything, "content": _nonempty},
                   {"name": string(1)}),
    "assistant": _assistant,
    "tool": record({"role": anything, "content": _content,
                    "tool_call_id": string(1)}, {"name": string(1)})}
_message = tagged("role", _ROLES)


def _tool(value, path, style):
    record({"type": one_of("function"),
            "function": record({"name": string(pattern=NAME)},
                               {"description": string(), "strict":
                                nullable(boolean), "parameters":
                                json_schema()})})(value, path, style)
    function = value["function"]
    if function.get("strict"):
        json_schema(strict="all", banned=STRICT_BANNED)(
            function.get("parameters"), path + ("function", "parameters"),
            style)


_COMMON = {
    "messages": array(_message, least=1), "tools": array(_tool, least=1),
    "tool_choice": text_or(free_object), "parallel_tool_calls": boolean,
    "stream": nullable(boolean),
    "stream_options": nullable(record({}, {"include_usage": boolean,
                                           "include_obfuscation": boolean})),
    "response_format": tagged("type", {
        "text": record({"type": anything}),
        "json_object": record({"type": anything}),
        "json_schema": record({"type": anything, "json_schema": lambda value,
                               path, style: format_schema(
                                   dict(value, type="")
                                   if isinstance(value, dict) else value,
                                   path, style)})}),
    "stop": nullable(text_or(array(string(1), most=4))),
    "seed": nullable(integer()), "user": string(), "n": nullable(integer(1, 1)),
    "reasoning_effort": nullable(one_of(*EFFORTS)),
    "prompt_cache_key": nullable(string(1, 64)), "metadata": metadata,
    "logprobs": nullable(boolean), "top_logprobs": nullable(integer(0, 20))}
_SAMPLING = {"temperature": nullable(number(0, 2)),
             "top_p": nullable(number(0, 1)),
             "presence_penalty": nullable(number(-2, 2)),
             "frequency_penalty": nullable(number(-2, 2))}
_OF_DIALECT = {
    "openai": dict.fromkeys(_SAMPLING, unsupported) | {
        "store": nullable(boolean), "safety_identifier": string(1, 64),
        "verbosity": nullable(one_of("low", "medium", "high")),
        "service_tier": nullable(one_of("auto", "default", "flex",
                                        "priority"))},
    "vllm": _SAMPLING | {"chat_template_kwargs": free_object,
                         "top_k": integer(), "min_p": number(0, 1),
                         "cache_salt": string(1)},
    "llamacpp": _SAMPLING | {"chat_template_kwargs": free_object,
                             "cache_prompt": boolean, "id_slot": integer(),
                             "top_k": integer(), "min_p": number(0, 1),
                             "reasoning_format": string(1)},
    "ollama": _SAMPLING,
    "openrouter": _SAMPLING | {
        "reasoning": record({}, {"effort": one_of(*EFFORTS),
                                 "max_tokens": integer(1), "exclude": boolean,
                                 "enabled": boolean}),
        "usage": record({"include": boolean}), "provider": free_object,
        "models": array(string(1)), "top_k": integer(), "min_p": number(0, 1)}}


def _limit(value, path, style):
    integer(1)(value, path, style)


def _wrong_limit(instead):
    def check(value, path, style):
        raise style.says(path, f"Unsupported parameter: '{path[-1]}' is not "
                         f"supported here. Use '{instead}' instead.",
                         "unsupported_parameter")
    return check


_LIMITS = {
    "openai": {"max_completion_tokens": _limit,
               "max_tokens": _wrong_limit("max_completion_tokens")},
    "openrouter": {"max_tokens": _limit, "max_completion_tokens": _limit}}
_LOCAL_LIMITS = {"max_tokens": _limit,
                 "max_completion_tokens": _wrong_limit("max_tokens")}
_BODIES = {dialect: record(
    {"model": string(1), "messages": _COMMON["messages"]},
    _COMMON | more | _LIMITS.get(dialect, _LOCAL_LIMITS))
    for dialect, more in _OF_DIALECT.items()}


def check_headers(headers, settings):
    """A server of one's own asks for a key only where it was given one."""
    if settings.dialect in LOCAL and not settings.key:
        return
    check_bearer(headers, settings)


def overflow(spent, checked, settings):
    wanted, window = spent.total + checked.max_tokens, settings.window
    if settings.dialect == "ollama":
        return  # It cuts the prompt, and says nothing (chat_answer).
    if settings.dialect == "llamacpp":
        if spent.total >= window:
            error = Refused("the request exceeds the available context size, "
                            "try increasing it",
                            kind="exceed_context_size_error")
            error.more = {"n_prompt_tokens": spent.total, "n_ctx": window}
            raise error
    elif wanted > window:
        raise Refused(f"This model's maximum context length is {window} "
                      f"tokens. However, you requested {wanted} tokens "
                      f"({spent.total} in the messages, {checked.max_tokens} "
                      "in the completion). Please reduce the length of the "
                      "messages or completion.", "messages",
                      code="context_length_exceeded")


def check(body, settings, target):
    value, dialect = body.value, settings.dialect
    _BODIES[dialect](value, (), STYLE)
    limit = value.get("max_completion_tokens") or value.get("max_tokens") or 0
    if limit > settings.max_output:
        raise STYLE.says(("max_tokens",), f"max_tokens is too large: {limit}. "
                         f"This model supports at most {settings.max_output} "
                         "completion tokens.", "invalid_value")
    if "max_tokens" in value and "max_completion_tokens" in value:
        raise STYLE.says(("max_tokens",), "only one limit may be set",
                         "invalid_value")
    if value.get("stream_options") and not value.get("stream"):
        raise STYLE.says(("stream_options",), "The 'stream_options' parameter "
                         "is only allowed when 'stream' is enabled.",
                         "invalid_value")
    _check_tools(value, settings)
    _check_turns(value["messages"])
    texts = body.elements("messages")
    return Checked(
        request=_view(value, dialect),
        bound={"model": value["model"], "tools": body.raw.get("tools", "")},
        items=[Item(message["role"] == "assistant", text, message)
               for message, text in zip(value["messages"], texts)],
        prompt=[body.raw.get("tools", "")] + texts,
        scope=("chat", value["model"], value.get("prompt_cache_key")),
        stream=bool(value.get("stream")), max_tokens=limit,
        options=dict(value, dialect=dialect, window=settings.window))


def _check_tools(value, settings):
    tools, dialect = value.get("tools", []), settings.dialect
    check_tool_names([tool["function"]["name"] for tool in tools], STYLE)
    choice = value.get("tool_choice", "auto")
    if isinstance(choice, str):
        one_of("auto", "none", "required")(choice, ("tool_choice",), STYLE)
    else:
        record({"type": one_of("function"), "function": record({
            "name": one_of(*[tool["function"]["name"] for tool in tools])})})(
                choice, ("tool_choice",), STYLE)
    if "tool_choice" in value and not tools:
        raise STYLE.says(("tool_choice",), "'tool_choice' is only allowed when "
                         "'tools' are specified.", "invalid_value")
    if tools and settings.no_tools and dialect == "vllm":
        raise Refused('"auto" tool choice requires --enable-auto-tool-choice '
                      "and --tool-call-parser to be set",
                      kind="BadRequestError")
    if tools and settings.no_tools and dialect == "llamacpp":
        raise Refused("tools param requires --jinja flag", status=500,
                      kind="server_error")
    if tools and settings.no_tools and dialect == "ollama":
        raise Refused(f"{value['model']} does not support tools",
                      kind="api_error")
    if tools and dialect == "openai" and \
            value.get("reasoning_effort") != "none":
        raise STYLE.says(("tools",), "Function tools with reasoning are not "
                         "supported for this model in /v1/chat/completions. "
                         "Please use /v1/responses instead.",
                         "unsupported_parameter")


def _check_turns(messages):
    open_calls, seen = [], set()
    for index, message in enumerate(messages):
        path, role = ("messages", index), message["role"]
        if role == "tool":
            if message["tool_call_id"] not in open_calls:
                raise STYLE.says(path, "messages with role 'tool' must be a "
                                 "response to a preceding message with "
                                 "'tool_calls': no call has the id "
                                 + message["tool_call_id"], "invalid_value")
            open_calls.remove(message["tool_call_id"])
            continue
        if open_calls:
            break
        if role in ("system", "developer") and index and \
                messages[index - 1]["role"] not in ("system", "developer"):
            raise STYLE.says(path, "system messages must stand first",
                             "invalid_value")
        if role != "assistant":
            continue
        calls = [call["id"] for call in message.get("tool_calls", [])]
        if not calls and not message.get("content") and \
                not message.get("refusal"):
            raise STYLE.says(path, "an assistant message must have content or "
                             "tool_calls", "invalid_value")
        for each in calls:
            if each in seen or calls.count(each) > 1:
                raise STYLE.says(path + ("tool_calls",), "Duplicate tool call "
                                 f"id {each}", "invalid_value")
        seen.update(calls)
        open_calls = list(calls)
    if open_calls:
        raise STYLE.says(path, "An assistant message with 'tool_calls' must be "
                         "followed by tool messages responding to each "
                         "'tool_call_id'. The following tool_call_ids did not "
                         "have response messages: " + ", ".join(open_calls),
                         "invalid_value")


def _text_of(content):
    if isinstance(content, list):
        return "\n".join(part["text"] for part in content)
    return content or ""


def _view(value, dialect):
    system, messages, names = [], [], {}
    for message in value["messages"]:
        role, text = message["role"], _text_of(message.get("content"))
        if role in ("system", "developer"):
            system.append(text)
        elif role == "tool":
            result = script.ToolResult(message["tool_call_id"], names.get(
                message["tool_call_id"], ""), text)
            if messages and messages[-1][0] == "user":
                messages[-1][1].append(result)
            else:
                messages.append(("user", [result]))
        else:
            parts = [script.Text(text)] if text else []
            for call in message.get("tool_calls", []):
                names[call["id"]] = call["function"]["name"]
                parts.append(script.ToolCall(call["id"], names[call["id"]],
                                             call["function"]["arguments"]))
            messages.append((role, parts))
    script.parse_arguments(messages)
    form = value.get("response_format") or {}
    return script.Request(
        api="chat", dialect=dialect, model=value["model"],
        system="\n".join(system),
        tools=[script.Tool(tool["function"]["name"],
                           tool["function"].get("description", ""),
                           tool["function"].get("parameters", {}))
               for tool in value.get("tools", [])],
        messages=messages, schema=form.get("json_schema", {}).get("schema"),
        stream=bool(value.get("stream")))
