"""POST …:generateContent: the chunks, the whole response, and the errors."""

from api import (Answer, Failure, Frame, named, same, sealed, slices, to_json,
                 token_count)
from conversations import Given
from script import Call, Say, Think

_STOPS = {"end": "STOP", "tools": "STOP", "max_tokens": "MAX_TOKENS",
          "stop_sequence": "STOP", "pause": "CONTINUATION",
          "refusal": "PROHIBITED_CONTENT", "content_filter": "SAFETY",
          "window": "MAX_TOKENS", "malformed_call": "MALFORMED_FUNCTION_CALL"}

# code, status, message
_ERRORS = {
    "bad_request": (400, "INVALID_ARGUMENT", "Request contains an invalid "
                    "argument."),
    "context": (400, "INVALID_ARGUMENT", "The input token count (1200000) "
                "exceeds the maximum number of tokens allowed (1048576)."),
    "auth": (400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid "
             "API key."),
    "permission": (403, "PERMISSION_DENIED", "Permission denied."),
    "not_found": (404, "NOT_FOUND", "models/none is not found for API version "
                  "v1beta."),
    "timeout": (408, "DEADLINE_EXCEEDED", "Request timed out."),
    "conflict": (409, "ABORTED", "Aborted."),
    "too_large": (413, "INVALID_ARGUMENT", "Request payload size exceeds the "
                  "limit: 20971520 bytes."),
    "rate_limit": (429, "RESOURCE_EXHAUSTED", "You exceeded your current "
                   "quota. Please retry in a moment."),
    "quota": (429, "RESOURCE_EXHAUSTED", "You exceeded your current quota, "
              "please check your plan and billing details."),
    "spend_limit": (429, "RESOURCE_EXHAUSTED", "Your project has exceeded its "
                    "monthly spending cap."),
    "credit": (429, "RESOURCE_EXHAUSTED", "Your prepayment credits are "
               "depleted. Please go to AI Studio to manage your project and "
               "billing."),
    "server_error": (500, "INTERNAL", "An internal error has occurred."),
    "unavailable": (503, "UNAVAILABLE", "The model is overloaded. Please try "
                    "again later."),
    "overloaded": (503, "UNAVAILABLE", "The model is overloaded. Please try "
                   "again later."),
    "gateway_timeout": (504, "DEADLINE_EXCEEDED", "The service was unable to "
                        "finish processing within the deadline."),
}
_QUOTAS = {"rate_limit": "GenerateRequestsPerMinutePerProjectPerModel",
           "quota": "GenerateRequestsPerDayPerProjectPerModel"}
_GOOGLE = "type.googleapis.com/google.rpc."


def _error(code, status, message, details=None):
    error = {"code": code, "message": message, "status": status}
    if details:
        error["details"] = details
    return {"error": error}


def refusal(refused, request_id, settings):
    details = []
    if refused.code:
        details.append({"@type": _GOOGLE + "ErrorInfo", "reason": refused.code,
                        "domain": "googleapis.com"})
    elif refused.param:
        details.append({"@type": _GOOGLE + "BadRequest", "fieldViolations": [
            {"field": refused.param, "description": refused.message}]})
    status = refused.kind or {404: "NOT_FOUND"}.get(refused.status,
                                                    "INVALID_ARGUMENT")
    return Failure(refused.status, _error(refused.status, status,
                                          refused.message, details))


def failure(kind, request_id, settings, retry_after=None):
    """A delay stands in the body, not in a header."""
    code, status, message = _ERRORS[kind]
    details = []
    if kind in _QUOTAS:
        details.append({"@type": _GOOGLE + "QuotaFailure", "violations": [{
            "quotaMetric": "generativelanguage.googleapis.com/requests",
            "quotaId": _QUOTAS[kind] + "-FreeTier", "quotaValue": "10"}]})
    if retry_after is not None:
        details.append({"@type": _GOOGLE + "RetryInfo",
                        "retryDelay": f"{retry_after}s"})
    return Failure(code, _error(code, status, message, details))


def error_frame(kind, request_id, settings):
    code, status, message = _ERRORS[kind]
    return Frame(_error(code, status, message))


def _parts(reply, key, call_ids):
    """The parts as a client should have them when the stream has ended."""
    parts, signed = [], False
    for index, piece in enumerate(reply.pieces):
        if isinstance(piece, Think):
            if piece.text and not piece.redacted:
                parts.append({"text": piece.text, "thought": True})
        elif isinstance(piece, Say):
            parts.append({"text": piece.text})
        elif isinstance(piece, Call):
            part = {"functionCall": {"name": piece.name, "args": piece.args}}
            if call_ids:
                part["functionCall"]["id"] = named("", key, index, 5)
            if not signed:  # the first of parallel calls bears it
                part["thoughtSignature"] = sealed(key, "call", 150)
                signed = True
            parts.append(part)
    if any(isinstance(piece, Think) for piece in reply.pieces) and not signed:
        parts.append({"text": "", "thoughtSignature": sealed(key, "text",
                                                             150)})
    return parts


def answer(checked, reply, place, spent, number):
    key = place.key + (place.after.token if place.after else "")
    if reply.cut_call:
        reply.pieces = reply.pieces[:-1]  # nothing is shown of half a call
    parts = _parts(reply, key, checked.options["call_ids"])
    thought = sum(token_count(piece.text) for piece in reply.pieces
                  if isinstance(piece, Think))
    spoken = reply.output_tokens or 1 + sum(
        token_count(to_json(part)) for part in parts if "thought" not in part)
    usage = {"promptTokenCount": spent.total, "candidatesTokenCount": spoken,
             "totalTokenCount": spent.total + spoken + thought,
             "promptTokensDetails": [{"modality": "TEXT",
                                      "tokenCount": spent.total}]}
    if spent.read:
        usage["cachedContentTokenCount"] = spent.read
    if thought:
        usage["thoughtsTokenCount"] = thought
    head = {"modelVersion": checked.request.model,
            "responseId": named("", key, number, 12)}
    frames = []

    token = sealed(key, f"go on {number}") if reply.stop == "pause" else ""

    def add(parts, reason=None, delta="", last=False):
        candidate = {"content": {"parts": parts, "role": "model"}, "index": 0}
        if reason:
            candidate["finishReason"] = reason
            if token:
                candidate["continuationToken"] = token
        frames.append(Frame({"candidates": [candidate],
                             "usageMetadata": usage, **head}, delta=delta,
                            last=last))

    for part in parts:
        if part.get("text"):
            for each in slices(part["text"], 60):
                add([dict(part, text=each)], delta=each)
        elif "functionCall" in part:
            add([part], delta=part["functionCall"]["name"])
    blocked = reply.stop == "content_filter" and not reply.pieces
    last = [part for part in parts if part.get("text") == ""]
    if blocked:
        frames.append(Frame(dict(head, promptFeedback={
            "blockReason": "SAFETY"}, usageMetadata=usage), last=True))
    else:
        add(last or [{"text": ""}], _STOPS[reply.stop], last=True)
    whole = dict(head, usageMetadata=usage, candidates=[{
        "content": {"parts": parts or [{"text": ""}], "role": "model"},
        "index": 0, "finishReason": _STOPS[reply.stop]}])
    if token:
        whole["candidates"][0]["continuationToken"] = token
    if blocked:
        whole = frames[-1].data
    ids = [part.get("thoughtSignature") or part.get("functionCall", {}).get(
        "id") or part.get("text") for part in parts]
    ids = [each for each in ids if each]
    given = Given(ids, lambda values: _compare(parts, values[0]["parts"]),
                  reply.stop == "pause", token)
    return Answer(frames, whole, given, {
        "input": spent.total, "cached": spent.read, "written": 0,
        "output": spoken + thought})


def _joined(parts):
    """Plain text in a row is one part; thoughts need not come back."""
    out = []
    for part in parts:
        if part.get("thought"):
            continue
        plain = set(part) == {"text"}
        if plain and out and set(out[-1]) == {"text"}:
            out[-1] = {"text": out[-1]["text"] + part["text"]}
        else:
            out.append(part)
    return out


def _compare(wanted, got):
    thoughts = "".join(part["text"] for part in wanted if part.get("thought"))
    shown = "".join(part["text"] for part in got if part.get("thought"))
    if shown and shown != thoughts:
        return ("parts",), "these are not the thoughts that were shown"
    wanted, got = _joined(wanted), _joined(got)
    for index, part in enumerate(wanted):
        path = ("parts", index)
        here = got[index] if index < len(got) else {}
        if _same_part(part, here):
            continue
        if "thoughtSignature" in part and \
                here.get("thoughtSignature") != part["thoughtSignature"]:
            what = f"Function call `{part['functionCall']['name']}`" \
                if "functionCall" in part else "Text"
            return path, (f"{what} is missing a thought_signature, or it is "
                          "corrupted")
        return path, "this is not what the model has said here"
    if len(got) > len(wanted):
        return ("parts", len(wanted)), "the model has not said this"
    return None


def _same_part(part, here):
    """Fields of a part may come in any order, its values are as they were."""
    return set(part) == set(here) and all(
        same(part[name], here[name]) if name != "functionCall" else all(
            same(part[name].get(each), here[name].get(each))
            for each in ("name", "args", "id")) for name in part)
