"""POST /v1/responses: the stream, the whole response, and the errors."""

from api import (Answer, Failure, Frame, arguments_text, named, same, sealed,
                 slices, to_json, token_count)
from conversations import Given
from script import Call, Say, Think

# status, type, code, message
ERRORS = {
    "bad_request": (400, "invalid_request_error", None, "Bad request"),
    "context": (400, "invalid_request_error", "context_length_exceeded",
                "Your input exceeds the context window of this model. Please "
                "adjust your input and try again."),
    "auth": (401, "invalid_request_error", "invalid_api_key",
             "Incorrect API key provided."),
    "permission": (403, "invalid_request_error", "model_not_allowed",
                   "Project does not have access to this model."),
    "not_found": (404, "invalid_request_error", "model_not_found",
                  "The model does not exist or you do not have access to it."),
    "timeout": (408, "server_error", None, "Request timed out."),
    "conflict": (409, "invalid_request_error", None, "Conflict."),
    "too_large": (413, "invalid_request_error", None, "Request too large."),
    "rate_limit": (429, "tokens", "rate_limit_exceeded", "Rate limit reached "
                   "for this model on tokens per min (TPM): Limit 30000, Used "
                   "30000, Requested 500. Please try again in 1s."),
    "quota": (429, "insufficient_quota", "insufficient_quota", "You exceeded "
              "your current quota, please check your plan and billing "
              "details."),
    "credit": (429, "insufficient_quota", "insufficient_quota", "You exceeded "
               "your current quota, please check your plan and billing "
               "details."),
    "spend_limit": (429, "insufficient_quota", "billing_hard_limit_reached",
                    "Billing hard limit has been reached."),
    "server_error": (500, "server_error", None, "The server had an error while "
                     "processing your request. Sorry about that!"),
    "unavailable": (503, "service_unavailable_error", "server_is_overloaded",
                    "Our servers are currently overloaded. Please try again "
                    "later."),
    "overloaded": (503, "service_unavailable_error", "slow_down",
                   "Slow down: the engine is currently overloaded."),
    "gateway_timeout": (504, "server_error", None, "Gateway timeout."),
}


def error_body(kind, code, message, param=None):
    return {"error": {"message": message, "type": kind, "param": param,
                      "code": code}}


def refusal(refused, request_id, settings):
    code = refused.code
    return Failure(refused.status, error_body(
        "invalid_request_error", code, refused.message, refused.param or None),
        {"x-request-id": request_id})


def failure(kind, request_id, settings, retry_after=None):
    status, name, code, message = ERRORS[kind]
    headers = {"x-request-id": request_id}
    if status == 429:
        headers["x-ratelimit-remaining-requests"] = "0"
        headers["x-ratelimit-reset-requests"] = "1s"
    return Failure(status, error_body(name, code, message), headers)


def error_frame(kind, request_id, settings):
    _, _, code, message = ERRORS[kind]
    return Frame({"type": "error", "code": code or "server_error",
                  "message": message, "param": None, "sequence_number": 99},
                 "error")


def _items(reply, key, stop):
    items = []
    for index, piece in enumerate(reply.pieces):
        if isinstance(piece, Think):
            items.append({"id": named("rs_", key, index), "type": "reasoning",
                          "summary": [{"type": "summary_text",
                                       "text": piece.text}]
                          if piece.text and not piece.redacted else [],
                          "encrypted_content": "gAAAA" + sealed(
                              key, f"{index} {piece.text}", 240)})
        elif isinstance(piece, Say):
            part = {"type": "output_text", "annotations": [], "logprobs": [],
                    "text": piece.text}
            if stop == "refusal":
                part = {"type": "refusal", "refusal": piece.text}
            items.append({"id": named("msg_", key, index), "type": "message",
                          "status": "completed", "content": [part],
                          "role": "assistant"})
        elif isinstance(piece, Call):
            items.append({"id": named("fc_", key, index),
                          "type": "function_call", "status": "completed",
                          "arguments": arguments_text(piece.args),
                          "call_id": named("call_", key, index, 15),
                          "name": piece.name})
    return items


class _Stream:
    def __init__(self):
        self.frames = []

    def add(self, kind, brings="", last=False, **fields):
        data = {"type": kind, "sequence_number": len(self.frames), **fields}
        self.frames.append(Frame(data, kind, brings, last))

    def item(self, index, item, cut):
        here = {"output_index": index, "item_id": item["id"]}
        start = dict(item)
        if item["type"] == "reasoning":
            start.update(summary=[], encrypted_content=sealed("", "start"))
            self.add("response.output_item.added", output_index=index,
                     item=start)
            for at, part in enumerate(item["summary"]):
                self._summary(dict(here, summary_index=at), part)
        elif item["type"] == "message":
            start.update(content=[], status="in_progress")
            self.add("response.output_item.added", output_index=index,
                     item=start)
            self._part(dict(here, content_index=0), item["content"][0])
        else:
            start.update(arguments="", status="in_progress")
            self.add("response.output_item.added", output_index=index,
                     item=start)
            for each in slices(item["arguments"]):
                self.add("response.function_call_arguments.delta", each,
                         **here, delta=each)
            if not cut:
                self.add("response.function_call_arguments.done", **here,
                         arguments=item["arguments"])
        self.add("response.output_item.done", output_index=index, item=item)

    def _summary(self, here, part):
        empty = dict(part, text="")
        self.add("response.reasoning_summary_part.added", **here, part=empty)
        for each in slices(part["text"]):
            self.add("response.reasoning_summary_text.delta", each, **here,
                     delta=each)
        self.add("response.reasoning_summary_text.done", **here,
                 text=part["text"])
        self.add("response.reasoning_summary_part.done", **here, part=part)

    def _part(self, here, part):
        name = "refusal" if part["type"] == "refusal" else "text"
        kind = "response.refusal" if name == "refusal" else \
            "response.output_text"
        more = {} if name == "refusal" else {"logprobs": []}
        self.add("response.content_part.added", **here,
                 part=dict(part, **{name: ""}))
        for each in slices(part[name]):
            self.add(kind + ".delta", each, **here, delta=each, **more)
        self.add(kind + ".done", **here, **{name: part[name]}, **more)
        self.add("response.content_part.done", **here, part=part)


def answer(checked, reply, place, spent, number):
    key, options = place.key, checked.options
    items = _items(reply, key, reply.stop)
    reason = {"max_tokens": "max_output_tokens", "window": "max_output_tokens",
              "content_filter": "content_filter"}.get(reply.stop)
    if reply.cut_call:
        last = items[-1]
        last.update(status="incomplete",
                    arguments=last["arguments"][:len(last["arguments"]) // 2])
    elif reason and items and items[-1]["type"] == "message":
        items[-1]["status"] = "incomplete"
    output = reply.output_tokens or 1 + sum(token_count(to_json(each))
                                            for each in items)
    thought = sum(token_count(piece.text) for piece in reply.pieces
                  if isinstance(piece, Think))
    usage = {"input_tokens": spent.total,
             "input_tokens_details": {"cached_tokens": spent.read,
                                      "cache_write_tokens": 0},
             "output_tokens": output,
             "output_tokens_details": {"reasoning_tokens":
                                       min(thought, output)},
             "total_tokens": spent.total + output}
    response = {
        "id": named("resp_", key, number), "object": "response",
        "created_at": 1795000000, "status": "in_progress", "background": False,
        "error": None, "incomplete_details": None,
        "instructions": options.get("instructions"),
        "max_output_tokens": options.get("max_output_tokens"),
        "model": options["model"], "output": [], "parallel_tool_calls": True,
        "previous_response_id": None,
        "prompt_cache_key": options.get("prompt_cache_key"),
        "reasoning": {"effort": (options.get("reasoning") or {}).get("effort"),
                      "summary": None},
        "service_tier": options.get("service_tier") or "default",
        "store": False, "temperature": 1.0,
        "text": options.get("text") or {"format": {"type": "text"}},
        "tool_choice": options.get("tool_choice", "auto"),
        "tools": options.get("tools", []), "top_p": 1.0,
        "truncation": "disabled", "usage": None, "user": None, "metadata": {}}
    stream = _Stream()
    stream.add("response.created", response=response)
    stream.add("response.in_progress", response=response)
    for index, item in enumerate(items):
        stream.item(index, item, reply.cut_call and item is items[-1])
    whole = dict(response, status="incomplete" if reason else "completed",
                 incomplete_details={"reason": reason} if reason else None,
                 output=items, usage=usage)
    stream.add("response.incomplete" if reason else "response.completed",
               last=True, response=whole)
    kept = items[:-1] if reply.cut_call else items
    given = Given([each.get("call_id") or each["id"] for each in kept],
                  lambda values: _compare(kept, values))
    return Answer(stream.frames, whole, given,
                  {"input": spent.total, "cached": spent.read,
                   "written": spent.written, "output": output})


def _compare(wanted, values):
    """Items come back verbatim."""
    for index, item in enumerate(wanted):
        if index >= len(values):
            return (index,), f"Item '{item['id']}' of the output is missing"
        got = values[index]
        if same(item, got):
            continue
        if item["type"] == "reasoning" and (
                got.get("type") != "reasoning"
                or got.get("id") == item["id"]
                and got.get("encrypted_content") != item["encrypted_content"]):
            return (index,), (f"The encrypted content for item {item['id']} "
                              "could not be verified.")
        return (index,), f"Item '{item['id']}' is not what was put out"
    if len(values) > len(wanted):
        return (len(wanted),), "this item was not put out here"
    return None
