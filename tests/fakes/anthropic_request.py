"""POST /v1/messages: what is taken and what is not (version 2026-10-21)."""

import script
from api import Checked
from conversations import Item
from fields import (Refused, Style, anything, array, boolean, free_object,
                    integer, json_schema, nullable, one_of, record, string,
                    tagged, text_or)
from prefix_cache import Block
from raw_json import array_texts, canonical, object_texts, without_marks

VERSION = "2026-10-21"
STYLE = Style(True, "{path}: Extra inputs are not permitted",
              "{path}: Field required", "{path}: Input should be a valid "
              "{expected}")
_BANNED = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
           "multipleOf", "minLength", "maxLength", "maxItems", "uniqueItems",
           "not", "if", "then", "else", "oneOf", "patternProperties")

_mark = nullable(record({"type": one_of("ephemeral")},
                        {"ttl": one_of("5m", "1h")}))


def _words(value, path, style):
    """Text that says something: the service refuses empty text blocks."""
    string()(value, path, style)
    if not value:
        raise style.says(path[:-1], "text content blocks must be non-empty")
    if not value.strip():
        raise style.says(path[:-1], "text content blocks must contain "
                         "non-whitespace text")


_text = record({"type": one_of("text"), "text": _words},
               {"cache_control": _mark, "citations": nullable(array(anything))})
_plain_text = record({"type": one_of("text"), "text": _words})
_result = record(
    {"type": one_of("tool_result"),
     "tool_use_id": string(pattern=r"[a-zA-Z0-9_-]+")},
    {"content": text_or(array(tagged("type", {"text": _plain_text}))),
     "is_error": boolean, "cache_control": _mark})
_blocks = {
    "user": tagged("type", {"text": _text, "tool_result": _result}),
    "assistant": tagged("type", {
        "text": _text,
        "thinking": record({"type": anything, "thinking": string(),
                            "signature": string(least=1)}),
        "redacted_thinking": record({"type": anything,
                                     "data": string(least=1)}),
        "tool_use": record(
            {"type": anything, "id": string(pattern=r"[a-zA-Z0-9_-]+"),
             "name": string(1, 200), "input": free_object},
            {"cache_control": _mark,
             "caller": record({"type": one_of("direct")})}),
    }),
}


def _message(value, path, style):
    if not isinstance(value, dict):
        raise style.wrong(path, "dictionary")
    if value.get("role") not in ("user", "assistant"):
        raise style.wrong(path + ("role",), "'user' or 'assistant'")
    blocks = array(_blocks[value["role"]], least=1)
    record({"role": anything, "content": text_or(blocks)})(value, path, style)
    if isinstance(value["content"], str):
        _words(value["content"], path + ("content", 0, "text"), style)


def _tool(value, path, style):
    record({"name": string(pattern=r"[a-zA-Z0-9_-]{1,128}"),
            "input_schema": json_schema()},
           {"description": string(), "strict": boolean, "cache_control": _mark,
            "type": one_of("custom"), "input_examples": array(free_object),
            "eager_input_streaming": nullable(boolean)})(value, path, style)
    if value.get("strict"):
        json_schema(strict="closed", banned=_BANNED)(
            value["input_schema"], path + ("input_schema",), style)


def _newest_thinking(value, path, style):
    if isinstance(value, dict) and value.get("type") in ("enabled", "disabled"):
        raise style.says(path + ("type",), f"'{value['type']}' is not "
                         "supported by this model, which always thinks; use "
                         "'adaptive'")
    tagged("type", {
        "adaptive": record({"type": anything},
                           {"display": nullable(one_of("summarized",
                                                       "omitted"))}),
        "between_tools": record({"type": anything})})(value, path, style)


def _tool_choice(value, path, style):
    if isinstance(value, dict) and value.get("type") in ("any", "tool"):
        raise style.says(path, f"tool_choice '{value['type']}' forces tool use "
                         "and is not compatible with thinking")
    tagged("type", {
        "auto": record({"type": anything},
                       {"disable_parallel_tool_use": boolean}),
        "none": record({"type": anything})})(value, path, style)


def _gone(value, path, style):
    raise style.says(path, f"`{path[-1]}` is not supported by this model in "
                     f"version {VERSION}")


_BODY = record(
    {"model": string(1), "max_tokens": integer(0),
     "messages": array(_message, least=1, most=100_000)},
    {"system": text_or(array(_text)), "tools": array(_tool),
     "stream": boolean, "thinking": _newest_thinking,
     "tool_choice": _tool_choice, "cache_control": _mark,
     "temperature": _gone, "top_p": _gone, "top_k": _gone,
     "output_config": record({}, {
         "effort": nullable(one_of("low", "medium", "high", "xhigh", "max")),
         "format": nullable(record({
             "type": one_of("json_schema"),
             "schema": json_schema(strict="closed", banned=_BANNED)}))}),
     "metadata": record({}, {"user_id": nullable(string(most=512))}),
     "service_tier": one_of("auto", "standard_only"),
     "speed": nullable(one_of("standard")),
     "inference_geo": nullable(string()),
     "stop_sequences": array(string(1))})


def check_headers(headers, settings):
    given = headers.get("x-api-key")
    bearer = headers.get("authorization", "")
    if given is None and bearer.lower().startswith("bearer "):
        given = bearer[7:]
    if not given:
        raise Refused("x-api-key header is required", status=401)
    if settings.key and given != settings.key:
        raise Refused("invalid x-api-key", status=401)
    version = headers.get("anthropic-version")
    if version is None:
        raise Refused("anthropic-version: header is required")
    if version != VERSION:
        raise Refused(f"anthropic-version: \"{version}\" is not a valid "
                      "version")


def overflow(spent, checked, settings):
    """The prompt alone is refused; an answer that reaches the window ends."""
    if spent.total > settings.window:
        raise Refused(f"prompt is too long: {spent.total} tokens > "
                      f"{settings.window} maximum")


def check(body, settings, target):
    value = body.value
    _BODY(value, (), STYLE)
    if value["max_tokens"] > settings.max_output:
        raise STYLE.says(("max_tokens",), f"{value['max_tokens']} > "
                         f"{settings.max_output}, which is the maximum allowed "
                         "number of output tokens for this model")
    _check_names(value.get("tools", []))
    blocks = _blocks_of(body)
    _check_marks(blocks)
    _check_turns(value["messages"])
    items = [Item(message["role"] == "assistant", without_marks(text), message)
             for message, text in zip(value["messages"],
                                      body.elements("messages"))]
    return Checked(
        request=_view(value),
        bound={"model": value["model"],
               "system": without_marks(body.raw.get("system", "")),
               "tools": without_marks(body.raw.get("tools", ""))},
        items=items, prompt=blocks,
        scope=("anthropic", value["model"]),
        stream=value.get("stream", False), options=value)


def _check_names(tools):
    names = [tool["name"] for tool in tools]
    if len(set(names)) != len(names):
        raise STYLE.says(("tools",), "Tool names must be unique.")


def _content(message):
    content = message["content"]
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return content


def _check_turns(messages):
    """Each call is answered in the next message, results first, then
    nothing."""
    open_calls, seen = [], set()
    if messages[0]["role"] != "user":
        raise STYLE.says(("messages", 0), "first message must use the \"user\" "
                         "role")
    for index, message in enumerate(messages):
        path = ("messages", index)
        blocks = _content(message)
        results = [block["tool_use_id"] for block in blocks
                   if block["type"] == "tool_result"]
        if message["role"] == "assistant" and open_calls:
            raise _unanswered(path, open_calls)
        if message["role"] == "user":
            _check_results(path, blocks, results, open_calls)
            if index and not results and messages[index - 1]["role"] == "user" \
                    and _answers(messages[index - 1]):
                raise STYLE.says(path, "text may not follow `tool_result` "
                                 "blocks of the turn before")
            open_calls = []
            continue
        open_calls = [block["id"] for block in blocks
                      if block["type"] == "tool_use"]
        for each in open_calls:
            if each in seen or open_calls.count(each) > 1:
                raise STYLE.says(path, f"`tool_use` ids must be unique: {each}")
        seen.update(open_calls)
    if open_calls:
        raise _unanswered(("messages", len(messages)), open_calls)


def _answers(message):
    return any(block["type"] == "tool_result" for block in _content(message))


def _unanswered(path, calls):
    return STYLE.says(path, "`tool_use` ids were found without `tool_result` "
                      "blocks immediately after: " + ", ".join(calls) + ". "
                      "Each `tool_use` block must have a corresponding "
                      "`tool_result` block in the next message.")


def _check_results(path, blocks, results, open_calls):
    for each in results:
        if each not in open_calls:
            raise STYLE.says(path, "unexpected `tool_use_id` found in "
                             f"`tool_result` blocks: {each}. Each "
                             "`tool_result` block must have a corresponding "
                             "`tool_use` block in the previous message.")
        if results.count(each) > 1:
            raise STYLE.says(path, "each tool_use must have a single result: "
                             + each)
    left = [each for each in open_calls if each not in results]
    if left:
        raise _unanswered(path, left)
    if not results:
        return
    kinds = [block["type"] == "tool_result" for block in blocks]
    if not kinds[0]:
        raise STYLE.says(path, "`tool_result` blocks must stand first")
    if not all(kinds):
        raise STYLE.says(path, "nothing may follow `tool_result` blocks")


def _blocks_of(body):
    """The prompt as the cache sees it."""
    value, blocks = body.value, []

    def add(text, piece, outer=""):
        mark = piece.get("cache_control") if isinstance(piece, dict) else None
        blocks.append(Block(outer + without_marks(text), bool(mark),
                            (mark or {}).get("ttl", "5m")))

    for piece, text in zip(value.get("tools", []), body.elements("tools")):
        add(text, piece)
    if isinstance(value.get("system"), str):
        add(body.raw["system"], None)
    else:
        for piece, text in zip(value.get("system", []),
                               body.elements("system")):
            add(text, piece)
    # These change how the messages are read, not what stands before them.
    first = len(blocks)
    for message, text in zip(value["messages"], body.elements("messages")):
        raw = object_texts(text)["content"]
        if isinstance(message["content"], str):
            add(raw, None, message["role"])
            continue
        for piece, inner in zip(message["content"], array_texts(raw)):
            add(inner, piece, message["role"])
    blocks[first].salt = canonical([value.get(name) for name in (
        "thinking", "tool_choice", "output_config")])
    if value.get("cache_control"):
        blocks[-1].mark = True
        blocks[-1].ttl = value["cache_control"].get("ttl", "5m")
    return blocks


def _check_marks(blocks):
    marks = [block for block in blocks if block.mark]
    if len(marks) > 4:
        raise Refused("A maximum of 4 blocks with cache_control may be "
                      f"provided. Found {len(marks)}.")
    short = False
    for block in marks:
        if block.ttl == "1h" and short:
            raise Refused("a ttl='1h' cache_control block must not come after "
                          "a ttl='5m' cache_control block")
        short = short or block.ttl == "5m"


def _view(value):
    system = value.get("system", "")
    if not isinstance(system, str):
        system = "\n".join(block["text"] for block in system)
    names, messages = {}, []
    for message in value["messages"]:
        parts = []
        for block in _content(message):
            if block["type"] == "text":
                parts.append(script.Text(block["text"]))
            elif block["type"] == "tool_use":
                names[block["id"]] = block["name"]
                parts.append(script.ToolCall(block["id"], block["name"],
                                             block["input"]))
            elif block["type"] == "tool_result":
                content = block.get("content", "")
                if not isinstance(content, str):
                    content = "\n".join(part["text"] for part in content)
                parts.append(script.ToolResult(
                    block["tool_use_id"], names.get(block["tool_use_id"], ""),
                    content, block.get("is_error", False)))
        messages.append((message["role"], parts))
    form = (value.get("output_config") or {}).get("format")
    return script.Request(
        api="anthropic", dialect="", model=value["model"],
        system=system,
        tools=[script.Tool(tool["name"], tool.get("description", ""),
                           tool["input_schema"])
               for tool in value.get("tools", [])],
        messages=messages, max_tokens=value["max_tokens"],
        schema=form["schema"] if form else None,
        stream=value.get("stream", False))
