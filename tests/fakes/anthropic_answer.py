"""POST /v1/messages: the stream, the whole message, and the errors."""

import raw_json
from api import Answer, Failure, Frame, named, sealed, slices, to_json, \
    token_count
from conversations import Given
from script import Call, Say, Think

_STOPS = {"end": "end_turn", "tools": "tool_use", "max_tokens": "max_tokens",
          "stop_sequence": "stop_sequence", "pause": "pause_turn",
          "refusal": "refusal", "content_filter": "refusal",
          "window": "model_context_window_exceeded",
          "malformed_call": "end_turn"}

# status, type, message
_ERRORS = {
    "bad_request": (400, "invalid_request_error", "messages: at least one "
                    "message is required"),
    "context": (400, "invalid_request_error",
                "prompt is too long: 250000 tokens > 200000 maximum"),
    "auth": (401, "authentication_error", "invalid x-api-key"),
    "credit": (402, "billing_error", "Your credit balance is too low to access "
               "the API. Please go to Plans & Billing to upgrade or purchase "
               "credits."),
    "permission": (403, "permission_error", "Your API key does not have "
                   "permission to use the specified resource"),
    "not_found": (404, "not_found_error", "model: no-such-model"),
    "timeout": (408, "timeout_error", "Request timed out"),
    "conflict": (409, "conflict_error", "Conflicts with another request"),
    "too_large": (413, "request_too_large", "Request exceeds the maximum size"),
    "rate_limit": (429, "rate_limit_error", "This request would exceed your "
                   "organization's rate limit of 50,000 input tokens per "
                   "minute."),
    "spend_limit": (429, "rate_limit_error", "You have reached your specified "
                    "API usage limits. You will regain access on 2026-12-01."),
    "quota": (429, "rate_limit_error", "You have crossed the monthly API usage "
              "threshold of your tier."),
    "server_error": (500, "api_error", "Internal server error"),
    "unavailable": (503, "api_error", "Service unavailable"),
    "gateway_timeout": (504, "timeout_error", "The request timed out"),
    "overloaded": (529, "overloaded_error", "Overloaded"),
}
_DETAILS = {"spend_limit": "contract_spend_limit_reached",
            "quota": "enforced_spend_limit_reached"}


def _types():
    return {400: "invalid_request_error", 401: "authentication_error",
            404: "not_found_error", 413: "request_too_large"}


def refusal(refused, request_id, settings):
    kind = refused.kind or _types().get(refused.status, "invalid_request_error")
    return Failure(refused.status, _error(kind, refused.message, request_id),
                   {"request-id": request_id})


def _error(kind, message, request_id, details=None):
    error = {"type": kind, "message": message}
    if details:
        error["details"] = {"error_code": details}
    return {"type": "error", "error": error, "request_id": request_id}


def failure(kind, request_id, settings, retry_after=None):
    status, name, message = _ERRORS[kind]
    headers = {"request-id": request_id}
    if status == 429:
        headers["anthropic-ratelimit-requests-limit"] = "50"
        headers["anthropic-ratelimit-requests-remaining"] = "0"
    return Failure(status, _error(name, message, request_id,
                                  _DETAILS.get(kind)), headers)


def error_frame(kind, request_id, settings):
    _, name, message = _ERRORS[kind]
    return Frame(_error(name, message, request_id), "error")


def _usage(spent, output):
    return {"input_tokens": spent.plain,
            "cache_creation_input_tokens": spent.written,
            "cache_read_input_tokens": spent.read,
            "cache_creation": {
                "ephemeral_5m_input_tokens": spent.written - spent.written_1h,
                "ephemeral_1h_input_tokens": spent.written_1h},
            "output_tokens": output,
            "output_tokens_details": None, "server_tool_use": None,
            "service_tier": "standard", "inference_geo": "not_available",
            "speed": "standard"}


def _blocks(reply, key, omitted):
    """(block, closed) for each piece; `closed` is False for a cut call."""
    blocks = []
    for index, piece in enumerate(reply.pieces):
        if isinstance(piece, Think) and piece.redacted:
            blocks.append({"type": "redacted_thinking",
                           "data": sealed(key, f"{index} {piece.text}")})
        elif isinstance(piece, Think):
            blocks.append({"type": "thinking",
                           "thinking": "" if omitted else piece.text,
                           "signature": sealed(key, f"{index} {piece.text}",
                                               180)})
        elif isinstance(piece, Say):
            blocks.append({"type": "text", "text": piece.text,
                           "citations": None})
        elif isinstance(piece, Call):
            blocks.append({"type": "tool_use",
                           "id": named("toolu_01", key, index),
                           "name": piece.name, "input": piece.args,
                           "caller": {"type": "direct"}})
    return blocks


def _deltas(block, cut):
    """(the block as it starts, its deltas)."""
    kind = block["type"]
    if kind == "text":
        return dict(block, text=""), [
            ({"type": "text_delta", "text": each}, each)
            for each in slices(block["text"])]
    if kind == "thinking":
        return dict(block, thinking="", signature=""), [
            ({"type": "thinking_delta", "thinking": each}, each)
            for each in slices(block["thinking"])] + [
            ({"type": "signature_delta", "signature": block["signature"]}, "")]
    if kind == "redacted_thinking":
        return block, []
    text = to_json(block["input"]) if block["input"] else ""
    if cut:
        text = text[:len(text) // 2]
    return dict(block, input={}), [
        ({"type": "input_json_delta", "partial_json": each}, each)
        for each in [""] + list(slices(text))]


def answer(checked, reply, place, spent, number):
    thinking = checked.options.get("thinking") or {}
    blocks = _blocks(reply, place.key, thinking.get("display") == "omitted")
    stop = _STOPS[reply.stop]
    output = reply.output_tokens or 1 + sum(
        token_count(to_json(block)) for block in blocks)
    usage = _usage(spent, output)
    message = {"id": named("msg_01", place.key, number), "type": "message",
               "role": "assistant", "model": checked.request.model,
               "content": [], "stop_reason": None, "stop_sequence": None,
               "stop_details": None, "container": None, "diagnostics": None,
               "usage": dict(usage, output_tokens=1)}
    frames = [Frame({"type": "message_start", "message": message},
                    "message_start"),
              Frame({"type": "ping"}, "ping")]
    for index, block in enumerate(blocks):
        cut = reply.cut_call and block is blocks[-1]
        start, deltas = _deltas(block, cut)
        frames.append(Frame({"type": "content_block_start", "index": index,
                             "content_block": start}, "content_block_start"))
        for at, (delta, text) in enumerate(deltas):
            if at % 12 == 11:
                frames.append(Frame({"type": "ping"}, "ping"))
            frames.append(Frame({"type": "content_block_delta", "index": index,
                                 "delta": delta}, "content_block_delta", text))
        frames.append(Frame({"type": "content_block_stop", "index": index},
                            "content_block_stop"))
    details = None
    if stop == "refusal":
        details = {"type": "refusal", "category": "cyber", "explanation":
                   "The request was declined."}
    end = {"stop_reason": stop, "stop_details": details,
           "stop_sequence": "STOP" if stop == "stop_sequence" else None,
           "container": None}
    frames.append(Frame(
        {"type": "message_delta", "delta": end, "usage": {
            name: usage[name] for name in (
                "input_tokens", "cache_creation_input_tokens",
                "cache_read_input_tokens", "output_tokens",
                "output_tokens_details", "server_tool_use")}},
        "message_delta"))
    frames.append(Frame({"type": "message_stop"}, "message_stop", last=True))
    whole = dict(message, content=blocks, stop_reason=stop,
                 stop_details=details, stop_sequence=end["stop_sequence"],
                 usage=usage)
    kept = blocks[:-1] if reply.cut_call else blocks
    return Answer(frames, whole, _given(kept, stop == "pause_turn"),
                  {"input": spent.total, "cached": spent.read,
                   "written": spent.written, "output": output})


def _given(blocks, paused):
    ids = [block.get("id") or block.get("signature") or block.get("data")
           for block in blocks if block["type"] != "text"]
    wanted = [_core(block) for block in blocks]
    return Given(ids or [block["text"] for block in blocks],
                 lambda values: _compare(wanted, values[0]), paused)


def _core(block):
    """What must come back: fields that say nothing may be left out."""
    return {name: value for name, value in block.items()
            if name not in ("citations", "caller", "cache_control")}


def _compare(wanted, message):
    content = message["content"]
    if isinstance(content, str):
        content = [{"type": "text", "text": content}]
    got = [_core(block) for block in content]
    for index, block in enumerate(wanted):
        here = got[index] if index < len(got) else None
        if here and sorted(here) == sorted(block) and all(
                raw_json.canonical(here[name]) == raw_json.canonical(value)
                for name, value in block.items()):
            continue
        path = ("content", index)
        if block["type"] in ("thinking", "redacted_thinking"):
            if here is None or here["type"] != block["type"]:
                return path, ("Expected `thinking` or `redacted_thinking`, but "
                              "found something else. The model's thinking must "
                              "be passed back")
            if here.get("thinking") == block.get("thinking"):
                return path, "Invalid `signature` in `thinking` block"
            return path, ("`thinking` or `redacted_thinking` blocks cannot be "
                          "modified. They must remain as they were in the "
                          "original response")
        return path, "this is not what the model has said here"
    if len(got) > len(wanted):
        return ("content", len(wanted)), "the model has not said this"
    return None
