"""A client that does everything right, for the tests of the model server: what
it sends is what a good request is, and mutations begin from it.

    talk = Talk(server.url, "anthropic")
    answer = talk.send()          # Answer(status, headers, body, reply)
    talk.go_on(answer, results)   # appends the reply and what we say to it
"""

import copy
import http.client
import json
import urllib.parse
from dataclasses import dataclass, field

TOOLS = [
    ("look", "Looks at a thing.", {
        "type": "object", "properties": {"text": {"type": "string"},
                                         "number": {"type": "integer"}},
        "required": ["text"], "additionalProperties": False}),
    ("touch", "Touches a thing.", {
        "type": "object", "properties": {"text": {"type": "string"}},
        "required": ["text"], "additionalProperties": False})]
SYSTEM = "You review patches. " * 300
TASK = "Task: review patch 1\nWhat do you make of “it”?"


@dataclass
class Answer:
    """`reply`: what goes back; `calls`: (id, name, args)."""
    status: int
    headers: dict
    body: bytes
    events: list = field(default_factory=list)
    reply: object = None
    calls: list = field(default_factory=list)
    text: str = ""
    thought: str = ""
    stop: str = ""
    usage: dict = field(default_factory=dict)

    @property
    def error(self):
        return json.loads(self.body)


def events_of(data):
    """[(event, parsed data or "[DONE]")] of a stream, as the standard says."""
    events, name, lines = [], "", []
    text = data.decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
    for line in text.split("\n"):
        if not line:
            if lines:
                whole = "\n".join(lines)
                events.append((name, whole if whole == "[DONE]"
                               else json.loads(whole)))
            name, lines = "", []
            continue
        key, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if key == "data":
            lines.append(value)
        elif key == "event":
            name = value
    return events


def post(url, path, headers, data):
    place = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(place.hostname, place.port,
                                            timeout=60)
    try:
        connection.request("POST", path, data, headers)
        got = connection.getresponse()
        return Answer(got.status, {name.lower(): value for name, value
                                   in got.getheaders()}, got.read())
    finally:
        connection.close()


class Talk:
    """One conversation. `body` is the next request, and may be changed."""

    def __init__(self, url, api, dialect="openai", stream=True, key="a-key",
                 tools=True, model="model-1", system=SYSTEM, task=TASK):
        self.url, self.api, self.dialect = url, api, dialect
        self.key, self.model = key, model
        self.body = _OPENINGS[api](self, stream, tools, system, task)
        if api == "gemini":
            self.stream = stream

    @property
    def path(self):
        if self.api == "gemini":
            how = "streamGenerateContent?alt=sse" if self.stream else \
                "generateContent"
            return f"/v1beta/models/{self.model}:{how}"
        return {"anthropic": "/v1/messages", "responses": "/v1/responses",
                "chat": "/v1/chat/completions"}[self.api]

    def headers(self):
        made = {"content-type": "application/json"}
        if self.api == "anthropic":
            made.update({"x-api-key": self.key,
                         "anthropic-version": "2026-10-21"})
        elif self.api == "gemini":
            made["x-goog-api-key"] = self.key
        else:
            made["authorization"] = "Bearer " + self.key
        return made

    def send(self, body=None, headers=None, path=None):
        data = body if isinstance(body, bytes) else json.dumps(
            body or self.body, ensure_ascii=False).encode()
        answer = post(self.url, path or self.path, headers or self.headers(),
                      data)
        if answer.status == 200:
            read(self, answer)
        return answer

    def go_on(self, answer, results=None, text=None):
        """Appends the reply, and the results of its calls (in order; a text
        for each by default) or our text."""
        if results is None:
            results = [f"result of {name}" for _, name, _ in answer.calls]
        _GO_ON[self.api](self, answer, results, text or "And what else?")

    def copy(self):
        return copy.deepcopy(self)


def read(talk, answer):
    """Fills in what the body of a good answer says."""
    _READERS[talk.api](answer)


# Anthropic.

def _anthropic_open(talk, stream, tools, system, task):
    mark = {"type": "ephemeral"}
    body = {"model": talk.model, "max_tokens": 4096, "stream": stream,
            "thinking": {"type": "adaptive", "display": "summarized"},
            "output_config": {"effort": "high"},
            "system": [{"type": "text", "text": system,
                        "cache_control": mark}],
            "messages": [{"role": "user", "content": [
                {"type": "text", "text": "Shared words."},
                {"type": "text", "text": task, "cache_control": mark}]}]}
    if tools:
        body["tools"] = [{"name": name, "description": about,
                          "input_schema": schema}
                         for name, about, schema in TOOLS]
    return body


def _anthropic_read(answer):
    if answer.headers["content-type"].startswith("text/event-stream"):
        answer.events = events_of(answer.body)
        message = _anthropic_message(answer.events)
    else:
        message = json.loads(answer.body)
    content = message["content"]
    answer.reply = {"role": "assistant", "content": content}
    answer.stop, answer.usage = message["stop_reason"], message["usage"]
    answer.text = "".join(block["text"] for block in content
                          if block["type"] == "text")
    answer.thought = "".join(block["thinking"] for block in content
                             if block["type"] == "thinking")
    answer.calls = [(block["id"], block["name"], block["input"])
                    for block in content if block["type"] == "tool_use"]


def _json_or_none(text):
    """None for arguments that were cut off."""
    try:
        return json.loads(text)
    except ValueError:
        return None


def _anthropic_message(events):
    message, partial = None, {}
    for name, data in events:
        assert name == data["type"], (name, data)
        if name == "message_start":
            message = data["message"]
        elif name == "content_block_start":
            assert data["index"] == len(message["content"])
            message["content"].append(data["content_block"])
        elif name == "content_block_delta":
            block, delta = message["content"][data["index"]], data["delta"]
            kind = delta.pop("type")
            if kind == "input_json_delta":
                partial[data["index"]] = partial.get(
                    data["index"], "") + delta["partial_json"]
            else:
                for key, value in delta.items():
                    block[key] += value
        elif name == "content_block_stop" and data["index"] in partial:
            message["content"][data["index"]]["input"] = _json_or_none(
                partial[data["index"]] or "{}")
        elif name == "message_delta":
            message.update(data["delta"])
            message["usage"].update(data["usage"])
        else:
            assert name in ("ping", "content_block_stop", "message_stop"), name
    assert events[-1][0] == "message_stop"
    return message


def _anthropic_go_on(talk, answer, results, text):
    messages = talk.body["messages"]
    marked = [block for message in messages for block in message["content"]
              if "cache_control" in block]
    for block in marked[:-1]:
        del block["cache_control"]
    messages.append(answer.reply)
    content = [{"type": "tool_result", "tool_use_id": call[0],
                "content": result}
               for call, result in zip(answer.calls, results)] or [
        {"type": "text", "text": text}]
    content[-1]["cache_control"] = {"type": "ephemeral"}
    messages.append({"role": "user", "content": content})


# Responses.

def _responses_open(talk, stream, tools, system, task):
    body = {"model": talk.model, "store": False, "stream": stream,
            "include": ["reasoning.encrypted_content"],
            "max_output_tokens": 4096, "prompt_cache_key": "review",
            "reasoning": {"effort": "high", "summary": "auto"},
            "instructions": system,
            "input": [{"role": "user", "content": [
                {"type": "input_text", "text": "Shared words."},
                {"type": "input_text", "text": task}]}]}
    if tools:
        body["tools"] = [{"type": "function", "name": name,
                          "description": about, "strict": False,
                          "parameters": schema}
                         for name, about, schema in TOOLS]
    return body


def _responses_read(answer):
    if answer.headers["content-type"].startswith("text/event-stream"):
        answer.events = events_of(answer.body)
        numbers = [data.get("sequence_number") for _, data in answer.events]
        assert numbers == list(range(len(numbers))) or not any(numbers), numbers
        items = [data["item"] for name, data in answer.events
                 if name == "response.output_item.done"]
        response = answer.events[-1][1]["response"]
        assert response["output"] == items
    else:
        response = json.loads(answer.body)
        items = response["output"]
    answer.reply, answer.usage = items, response["usage"]
    answer.stop = response["status"]
    answer.text = "".join(part.get("text", "") for item in items
                          if item["type"] == "message"
                          for part in item["content"])
    answer.thought = "".join(part["text"] for item in items
                             if item["type"] == "reasoning"
                             for part in item["summary"])
    answer.calls = [(item["call_id"], item["name"],
                     json.loads(item["arguments"])
                     if item["status"] == "completed" else None)
                    for item in items if item["type"] == "function_call"]


def _responses_go_on(talk, answer, results, text):
    talk.body["input"] += answer.reply
    talk.body["input"] += [
        {"type": "function_call_output", "call_id": call[0], "output": result}
        for call, result in zip(answer.calls, results)] or [
        {"role": "user", "content": text}]


# Chat completions.

def _chat_open(talk, stream, tools, system, task):
    body = {"model": talk.model, "stream": stream,
            "messages": [{"role": "system", "content": system},
                         {"role": "user", "content": task}]}
    if talk.dialect == "openai":
        body.update(max_completion_tokens=4096, reasoning_effort="none",
                    prompt_cache_key="review")
    else:
        body.update(max_tokens=4096)
    if stream:
        body["stream_options"] = {"include_usage": True}
    if tools:
        body["tools"] = [{"type": "function", "function": {
            "name": name, "description": about, "parameters": schema}}
            for name, about, schema in TOOLS]
    return body


def _chat_read(answer):
    if answer.headers["content-type"].startswith("text/event-stream"):
        answer.events = events_of(answer.body)
        message = _chat_message(answer)
    else:
        whole = json.loads(answer.body)
        message = whole["choices"][0]["message"]
        answer.usage = whole["usage"]
        answer.stop = whole["choices"][0]["finish_reason"]
    answer.reply = {name: value for name, value in message.items()
                    if value is not None}
    answer.text = message.get("content") or ""
    answer.thought = message.get("reasoning_content") or message.get(
        "reasoning") or ""
    cut = answer.stop == "length"
    answer.calls = [(call["id"], call["function"]["name"], None if cut else
                     json.loads(call["function"]["arguments"]))
                    for call in message.get("tool_calls", [])]


def _chat_message(answer):
    assert answer.events[-1][1] == "[DONE]"
    message = {"role": "assistant"}
    for _, data in answer.events[:-1]:
        answer.usage = data.get("usage") or answer.usage
        for choice in data["choices"]:
            answer.stop = choice["finish_reason"] or answer.stop
            _chat_delta(message, choice["delta"])
    if not message.get("content") and message.get("tool_calls"):
        message.pop("content", None)
    return message


def _chat_delta(message, delta):
    for name in ("content", "refusal", "reasoning_content", "reasoning"):
        if delta.get(name):
            message[name] = message.get(name, "") + delta[name]
    for detail in delta.get("reasoning_details", []):
        known = message.setdefault("reasoning_details", [])
        if not known:
            known.append(detail)
        else:
            known[0]["text"] += detail.pop("text")
            known[0].update(detail)
    for call in delta.get("tool_calls", []):
        calls = message.setdefault("tool_calls", [])
        if call["index"] == len(calls):
            calls.append({"id": call["id"], "type": "function", "function":
                          dict(call["function"])})
        else:
            calls[call["index"]]["function"]["arguments"] += \
                call["function"]["arguments"]


def _chat_go_on(talk, answer, results, text):
    talk.body["messages"].append(answer.reply)
    talk.body["messages"] += [
        {"role": "tool", "tool_call_id": call[0], "content": result}
        for call, result in zip(answer.calls, results)] or [
        {"role": "user", "content": text}]


# Gemini.

def _gemini_open(talk, stream, tools, system, task):
    body = {"contents": [{"role": "user", "parts": [{"text": "Shared words."},
                                                    {"text": task}]}],
            "systemInstruction": {"parts": [{"text": system}]},
            "generationConfig": {"maxOutputTokens": 4096, "thinkingConfig": {
                "thinkingLevel": "HIGH", "includeThoughts": True}}}
    if tools:
        body["tools"] = [{"functionDeclarations": [
            {"name": name, "description": about, "parametersJsonSchema":
             schema} for name, about, schema in TOOLS]}]
        body["toolConfig"] = {"functionCallingConfig": {"mode": "AUTO"}}
    return body


def _gemini_read(answer):
    if answer.headers["content-type"].startswith("text/event-stream"):
        answer.events = events_of(answer.body)
        chunks = [data for _, data in answer.events]
    else:
        chunks = [json.loads(answer.body)]
    parts = []
    for chunk in chunks:
        answer.usage = chunk["usageMetadata"]
        for candidate in chunk.get("candidates", []):
            answer.stop = candidate.get("finishReason", answer.stop)
            parts += [part for part in candidate["content"]["parts"]
                      if part != {"text": ""}]
        if "promptFeedback" in chunk:
            answer.stop = chunk["promptFeedback"]["blockReason"]
    answer.reply = {"role": "model", "parts": parts}
    answer.text = "".join(part.get("text", "") for part in parts
                          if not part.get("thought"))
    answer.thought = "".join(part["text"] for part in parts
                             if part.get("thought"))
    answer.calls = [(part["functionCall"].get("id"),
                     part["functionCall"]["name"],
                     part["functionCall"]["args"]) for part in parts
                    if "functionCall" in part]


def _gemini_go_on(talk, answer, results, text):
    talk.body["contents"].append(answer.reply)
    talk.body["contents"].append({"role": "user", "parts": [
        {"functionResponse": {**({"id": call[0]} if call[0] else {}),
                              "name": call[1],
                              "response": {"output": result}}}
        for call, result in zip(answer.calls, results)] or [{"text": text}]})


_OPENINGS = {"anthropic": _anthropic_open, "responses": _responses_open,
             "chat": _chat_open, "gemini": _gemini_open}
_READERS = {"anthropic": _anthropic_read, "responses": _responses_read,
            "chat": _chat_read, "gemini": _gemini_read}
_GO_ON = {"anthropic": _anthropic_go_on, "responses": _responses_go_on,
          "chat": _chat_go_on, "gemini": _gemini_go_on}
