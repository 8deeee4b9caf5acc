"""POST /v1/chat/completions: the chunks, the whole completion, the errors; by
the server that is played."""

from api import (Answer, Failure, Frame, arguments_text, is_object, named, same,
                 sealed, slices, to_json, token_count)
from conversations import Given
from responses_answer import ERRORS, error_body
from script import Call, Say, Think

_STOPS = {"end": "stop", "tools": "tool_calls", "max_tokens": "length",
          "stop_sequence": "stop", "pause": "stop", "refusal": "stop",
          "content_filter": "content_filter", "window": "length",
          "malformed_call": "stop"}
# OpenRouter says it in its own way: status, message.
_ROUTED = {
    "credit": (402, "Insufficient credits. Add more using the credits page"),
    "quota": (402, "This request requires more credits"),
    "spend_limit": (403, "Key limit exceeded (monthly limit)"),
    "rate_limit": (429, "Provider returned error"),
    "overloaded": (502, "Provider returned error"),
    "unavailable": (503, "No instances available"),
}


def refusal(refused, request_id, settings):
    """vLLM, llama.cpp, Ollama, OpenRouter and OpenAI differ here."""
    status, message = refused.status, refused.message
    if settings.dialect == "openai":
        body = error_body("invalid_request_error", refused.code, message,
                          refused.param or None)
    elif settings.dialect == "openrouter":
        body = {"error": {"code": status, "message": message}}
    else:
        kind = refused.kind or {"vllm": "BadRequestError", "ollama":
                                "api_error"}.get(settings.dialect,
                                                 "invalid_request_error")
        body = {"error": {"message": message, "type": kind, "param": None,
                          "code": None if settings.dialect == "ollama"
                          else status, **getattr(refused, "more", {})}}
    return Failure(status, body, {"x-request-id": request_id})


def failure(kind, request_id, settings, retry_after=None):
    if settings.dialect == "openrouter":
        body = _routed(kind)
        return Failure(body["error"]["code"], body)
    status, name, code, message = ERRORS[kind]
    return Failure(status, error_body(name, code, message),
                   {"x-request-id": request_id})


def _routed(kind):
    """An error of OpenRouter: its code is a number, and may stand in a 200."""
    status, message = _ROUTED.get(kind, (ERRORS[kind][0], ERRORS[kind][3]))
    return {"error": {"code": status, "message": message, "metadata": {
        "provider_name": "Fake", "raw": ERRORS[kind][3]}}}


def error_frame(kind, request_id, settings):
    if settings.dialect == "openrouter":
        return Frame({"id": "gen-1", "object": "chat.completion.chunk",
                      "created": 1795000000, "model": "", "provider": "Fake",
                      **_routed(kind), "choices": [{
                          "index": 0, "delta": {"content": ""},
                          "finish_reason": "error"}]})
    _, name, code, message = ERRORS[kind]
    return Frame(error_body(name, code, message))


def _reasoning(reply, key, dialect):
    """(the field of a message, its value) for what the server shows of it."""
    thoughts = [piece.text for piece in reply.pieces
                if isinstance(piece, Think) and piece.text]
    if not thoughts or dialect == "openai":
        return {}
    text = "\n".join(thoughts)
    if dialect == "openrouter":
        return {"reasoning": text, "reasoning_details": [{
            "type": "reasoning.text", "text": text,
            "format": "anthropic-claude-v1", "index": 0,
            "signature": sealed(key, text)}]}
    return {"reasoning" if dialect == "ollama" else "reasoning_content": text}


def _message(reply, key, dialect):
    text = "".join(piece.text for piece in reply.pieces
                   if isinstance(piece, Say))
    # Only OpenAI's own models have a field for it.
    refused = reply.stop == "refusal" and dialect == "openai"
    calls = [{"id": named("call_", key, index, 15), "type": "function",
              "function": {"name": piece.name,
                           "arguments": arguments_text(piece.args)}}
             for index, piece in enumerate(reply.pieces)
             if isinstance(piece, Call)]
    if reply.cut_call:
        whole = calls[-1]["function"]["arguments"]
        calls[-1]["function"]["arguments"] = whole[:len(whole) // 2]
    message = {"role": "assistant", "content": None if refused or not text
               else text, "refusal": text if refused else None}
    message.update(_reasoning(reply, key, dialect))
    if calls:
        message["tool_calls"] = calls
    return message


def _usage(checked, spent, output, thought):
    dialect, prompt = checked.options["dialect"], spent.total
    if dialect == "ollama":
        # What did not fit into num_ctx was dropped before the model saw it.
        prompt = min(prompt, checked.options["window"])
        return {"prompt_tokens": prompt, "completion_tokens": output,
                "total_tokens": prompt + output}
    usage = {"prompt_tokens": prompt, "completion_tokens": output,
             "total_tokens": prompt + output,
             "prompt_tokens_details": {"cached_tokens": spent.read}}
    if dialect in ("openai", "openrouter"):
        usage["completion_tokens_details"] = {"reasoning_tokens": thought}
    if dialect == "openrouter":
        usage["cost"] = round(1e-6 * (spent.total + 5 * output), 6)
    return usage


def answer(checked, reply, place, spent, number):
    dialect = checked.options["dialect"]
    message = _message(reply, place.key, dialect)
    finish = _STOPS[reply.stop]
    thought = sum(token_count(piece.text) for piece in reply.pieces
                  if isinstance(piece, Think))
    output = reply.output_tokens or 1 + thought + token_count(to_json(message))
    usage = _usage(checked, spent, output, min(thought, output))
    head = {"id": named("chatcmpl-", place.key, number),
            "object": "chat.completion", "created": 1795000000,
            "model": checked.request.model}
    if dialect in ("openai", "ollama"):
        head["system_fingerprint"] = "fp_fake"
    if dialect == "openrouter":
        head["provider"] = "Fake"
    whole = dict(head, choices=[{"index": 0, "message": message,
                                 "logprobs": None, "finish_reason": finish}],
                 usage=usage)
    options = checked.options.get("stream_options") or {}
    frames = _chunks(dict(head, object="chat.completion.chunk"), message,
                     finish, dialect, usage if options.get("include_usage")
                     or dialect == "openrouter" else None)
    calls = [call["id"] for call in message.get("tool_calls", [])]
    kept = dict(message)
    if reply.cut_call:
        kept["tool_calls"] = kept["tool_calls"][:-1]
    given = Given(calls or [message["content"] or str(message["refusal"])],
                  lambda values: _compare(kept, values[0], dialect))
    return Answer(frames, whole, given, {
        "input": usage["prompt_tokens"], "cached": spent.read, "written": 0,
        "output": output})


def _chunks(head, message, finish, dialect, usage):
    frames = []

    def add(delta, text="", reason=None):
        choice = {"index": 0, "delta": delta, "logprobs": None,
                  "finish_reason": reason}
        frames.append(Frame(dict(head, choices=[choice]), delta=text))

    if dialect == "openrouter":
        frames.append(_Comment("OPENROUTER PROCESSING"))
        frames.append(_Comment("OPENROUTER PROCESSING"))
    add({"role": "assistant", "content": ""})
    for name in ("reasoning_content", "reasoning"):
        for each in slices(message.get(name) or ""):
            delta = {name: each}
            if dialect == "openrouter":
                delta["reasoning_details"] = [{
                    "type": "reasoning.text", "text": each,
                    "format": "anthropic-claude-v1", "index": 0}]
            add(delta, each)
    for detail in message.get("reasoning_details", []):
        add({"reasoning_details": [dict(detail, text="")]})
    for name in ("content", "refusal"):
        for each in slices(message[name] or ""):
            add({name: each}, each)
    for index, call in enumerate(message.get("tool_calls", [])):
        add({"tool_calls": [dict(call, index=index, function=dict(
            call["function"], arguments=""))]})
        for each in slices(call["function"]["arguments"]):
            add({"tool_calls": [{"index": index, "function": {
                "arguments": each}}]}, each)
    if dialect == "openrouter":
        frames.append(_Comment("OPENROUTER PROCESSING"))
    add({}, reason=finish)
    frames[-1].last = True
    if usage:
        frames.append(Frame(dict(head, choices=[], usage=usage), last=True))
    frames.append(Frame("[DONE]", last=True))
    return frames


class _Comment(Frame):
    """A line that keeps the connection open, and is no event."""

    def __init__(self, text):
        super().__init__("")
        self._text = text

    def encode(self, end="\n"):
        return f": {self._text}{end}{end}".encode()


def _text(content):
    if isinstance(content, list):
        return "".join(part["text"] for part in content)
    return content or ""


def _joined(message):
    """reasoning_details may come back in the pieces that were streamed."""
    joined = []
    for detail in message.get("reasoning_details") or []:
        before = joined[-1] if joined else {}
        if all(before.get(name) == detail.get(name)
               for name in ("type", "index", "id")):
            joined[-1] = dict({**before, **detail}, text=before.get("text", "")
                              + detail.get("text", ""))
        else:
            joined.append(dict(detail))
    return [dict(sorted(detail.items())) for detail in joined]


def _readable(calls, back):
    """As they may come back: "{}" in place of arguments that are no object,
    which servers cannot read again."""
    return [dict(call, function=dict(call["function"], arguments="{}"))
            if returned.get("function", {}).get("arguments") == "{}"
            and not is_object(call["function"]["arguments"]) else call
            for call, returned in zip(calls, back)]


def _compare(wanted, got, dialect):
    if (_text(got.get("content")) != _text(wanted["content"])
            or _text(got.get("refusal")) != _text(wanted["refusal"])):
        return ("content",), "this is not what was said here"
    calls, back = wanted.get("tool_calls") or [], got.get("tool_calls") or []
    if len(calls) != len(back) or not same(_readable(calls, back), back):
        return ("tool_calls",), "these are not the calls that were made here"
    for name in ("reasoning_content", "reasoning"):
        if got.get(name) is not None and not same(wanted.get(name), got[name]):
            return (name,), "this is not the reasoning that was given"
    if not same(_joined(wanted), _joined(got)) and "reasoning_details" in got:
        return ("reasoning_details",), ("this is not the reasoning that was "
                                        "given")
    if "reasoning_details" in wanted and "reasoning_details" not in got:
        return ("reasoning_details",), "the reasoning must be passed back"
    return None
