"""Recordings of conversations with models, read: the format of docs/model.md,
and what each of the four APIs asks and says in it. For tools/transcript.
"""

import json
import re
from dataclasses import dataclass, field

_ESCAPE = re.compile(rb"\\x([0-9a-f]{2})")


class Unreadable(Exception):
    """What is wrong with a recording."""


@dataclass
class Exchange:
    path: str = ""
    request: bytes = b""
    status: int = 0
    headers: dict = field(default_factory=dict)
    answer: bytes = b""
    fault: str = ""
    number: int = 1


@dataclass
class Said:
    """What the model said in one turn. `calls`: (name, arguments).
    `tokens`: (read, of them from the cache, written)."""
    thought: str = ""
    text: str = ""
    calls: list = field(default_factory=list)
    stop: str = ""
    tokens: tuple = (0, 0, 0)


@dataclass
class Asked:
    """`opening`: texts before the first answer. `last`: what stands behind the
    newest one, ("text" or "result", text). `items`: its length."""
    system: str
    opening: list
    last: list
    items: int


# Cassettes.

def read_cassette(path):
    with open(path, "rb") as file:
        lines = file.read().split(b"\n")
    if lines[0] != b"patchmilter cassette 1":
        raise Unreadable("is no recording")
    exchange, at, came = Exchange(), 1, False
    exchange.number = int(re.search(r"-(\d+)\.cassette$", path)[1])
    while at < len(lines):
        name, _, value = lines[at].partition(b" ")
        at += 1
        if name == b"path":
            exchange.path = value.decode("ascii", "replace")
        elif name == b"came":
            exchange.status, came = int(value), True
        elif name == b"header" and came:
            key, _, text = value.decode("ascii", "replace").partition(": ")
            exchange.headers[key] = text
        elif name == b"body":
            body, at = _body(lines, at, int(value))
            if came:
                exchange.answer = body
            else:
                exchange.request = body
        elif name == b"fault":
            exchange.fault = value.decode("ascii", "replace")
            return exchange
        elif name == b"end":
            return exchange
    raise Unreadable("ends too early")


def _body(lines, at, size):
    pieces, have = [], 0
    while have < size:
        if at >= len(lines) or lines[at][:1] not in (b"|", b"+"):
            raise Unreadable(f"line {at + 1}: a body that is cut off")
        piece = _ESCAPE.sub(lambda found: bytes([int(found[1], 16)]),
                            lines[at][1:])
        if lines[at].startswith(b"|"):
            piece += b"\n"
        pieces.append(piece)
        have += len(piece)
        at += 1
    return b"".join(pieces), at


def events(data):
    """The data of each event of a stream that is JSON."""
    found, lines = [], []
    for line in data.decode("utf-8", "replace").splitlines() + [""]:
        if line.startswith("data:"):
            lines.append(line[5:].removeprefix(" "))
        elif not line and lines:
            whole = "\n".join(lines)
            if whole != "[DONE]":
                found.append(json.loads(whole))
            lines = []
    return found


# What is asked and said, by API.

def _texts(content):
    if isinstance(content, str):
        return [content]
    return [part["text"] for part in content or [] if "text" in part]


def _asked(system, items):
    """`items`: (of the model?, [(kind, text)])."""
    opening = []
    for of_model, parts in items:
        if of_model:
            break
        opening += [text for kind, text in parts if kind == "text"]
    last = []
    for of_model, parts in reversed(items):
        if of_model:
            break
        last = parts + last
    return Asked(system, opening, last, len(items))


def _anthropic_asked(body):
    def part(block):
        if block["type"] == "tool_result":
            return "result", "\n".join(_texts(block.get("content")))
        return "text", block.get("text", "")
    return _asked("\n".join(_texts(body.get("system"))), [
        (message["role"] == "assistant",
         [("text", message["content"])] if isinstance(message["content"], str)
         else [part(block) for block in message["content"]])
        for message in body["messages"]])


def _anthropic_said(data):
    said, blocks, usage = Said(), {}, {}
    for event in events(data):
        kind = event.get("type")
        if kind == "message_start":
            usage.update(event["message"].get("usage") or {})
        elif kind == "content_block_start":
            blocks[event["index"]] = dict(event["content_block"], partial="")
        elif kind == "content_block_delta":
            block, delta = blocks[event["index"]], event["delta"]
            for source, name in (("partial_json", "partial"), ("text", "text"),
                                 ("thinking", "thinking")):
                block[name] = block.get(name, "") + delta.get(source, "")
        elif kind == "message_delta":
            said.stop = event["delta"].get("stop_reason") or ""
            usage.update(event.get("usage") or {})
    for _, block in sorted(blocks.items()):
        if block["type"] == "tool_use":
            said.calls.append((block["name"], _arguments(block["partial"])))
        elif block["type"] == "thinking":
            said.thought += block.get("thinking", "")
        elif block["type"] == "text":
            said.text += block.get("text", "")
    cached = usage.get("cache_read_input_tokens") or 0
    said.tokens = ((usage.get("input_tokens") or 0) + cached +
                   (usage.get("cache_creation_input_tokens") or 0), cached,
                   usage.get("output_tokens") or 0)
    return said


def _responses_asked(body):
    items = []
    for item in body["input"]:
        kind = item.get("type", "message")
        if kind == "function_call_output":
            output = item["output"]
            items.append((False, [("result", "\n".join(_texts(output)))]))
        elif kind == "message" and item.get("role") != "assistant":
            items.append((False, [("text", text)
                                  for text in _texts(item["content"])]))
        else:
            items.append((True, []))
    return _asked(body.get("instructions", ""), items)


def _responses_said(data):
    said, response = Said(), {}
    items = []
    for event in events(data):
        if event.get("type") == "response.output_item.done":
            items.append(event["item"])
        response = event.get("response") or response
    said.stop = response.get("status", "")
    for item in items:
        if item["type"] == "message":
            said.text += "".join(_texts(item["content"]))
        elif item["type"] == "reasoning":
            said.thought += "".join(_texts(item.get("summary")))
        elif item["type"] == "function_call":
            said.calls.append((item["name"], _arguments(item["arguments"])))
    usage = response.get("usage") or {}
    details = usage.get("input_tokens_details") or {}
    said.tokens = (usage.get("input_tokens", 0),
                   details.get("cached_tokens", 0),
                   usage.get("output_tokens", 0))
    return said


def _chat_asked(body):
    system, items = "", []
    for message in body["messages"]:
        role, texts = message["role"], _texts(message.get("content"))
        if role in ("system", "developer"):
            system += "\n".join(texts)
        elif role == "tool":
            items.append((False, [("result", "\n".join(texts))]))
        else:
            items.append((role == "assistant",
                          [("text", text) for text in texts]))
    return _asked(system, items)


def _chat_said(data):
    said, calls, usage = Said(), {}, {}
    for event in events(data):
        usage = event.get("usage") or usage
        for choice in event.get("choices", []):
            said.stop = choice.get("finish_reason") or said.stop
            delta = choice.get("delta", {})
            said.text += delta.get("content") or ""
            said.thought += delta.get("reasoning_content") or delta.get(
                "reasoning") or ""
            for call in delta.get("tool_calls") or []:
                known = calls.setdefault(call.get("index", len(calls)),
                                         ["", ""])
                function = call.get("function", {})
                known[0] += function.get("name") or ""
                known[1] += function.get("arguments") or ""
    said.calls = [(name, _arguments(text)) for name, text in calls.values()]
    details = usage.get("prompt_tokens_details") or {}
    said.tokens = (usage.get("prompt_tokens", 0),
                   details.get("cached_tokens") or 0,
                   usage.get("completion_tokens", 0))
    return said


def _gemini_asked(body):
    def part(value):
        if "functionResponse" in value:
            response = value["functionResponse"]["response"]
            return "result", str(response.get("output",
                                              response.get("error", "")))
        return "text", value.get("text", "")
    return _asked(
        "\n".join(_texts(body.get("systemInstruction", {}).get("parts"))),
        [(item.get("role") == "model", [part(each) for each in item["parts"]])
         for item in body["contents"]])


def _gemini_said(data):
    said, usage = Said(), {}
    for event in events(data):
        usage = event.get("usageMetadata") or usage
        for candidate in event.get("candidates", []):
            said.stop = candidate.get("finishReason") or said.stop
            for part in candidate.get("content", {}).get("parts", []):
                if "functionCall" in part:
                    call = part["functionCall"]
                    said.calls.append((call["name"], call.get("args", {})))
                elif part.get("thought"):
                    said.thought += part.get("text", "")
                else:
                    said.text += part.get("text", "")
    said.tokens = (usage.get("promptTokenCount", 0),
                   usage.get("cachedContentTokenCount", 0),
                   usage.get("candidatesTokenCount", 0) +
                   usage.get("thoughtsTokenCount", 0))
    return said


def _arguments(text):
    try:
        return json.loads(text or "{}")
    except ValueError:
        return {"": text}


def api_of(path):
    for mark, asked, said in (
            ("/messages", _anthropic_asked, _anthropic_said),
            ("/responses", _responses_asked, _responses_said),
            ("/chat/completions", _chat_asked, _chat_said),
            ("GenerateContent", _gemini_asked, _gemini_said)):
        if mark in path:
            return asked, said
    raise Unreadable(f"asks {path}, which is no API that is known")
