"""One request and what is answered: from the body to a plan of what to send.

Knows no sockets. An Exchange is made per server; `answer()` may be called from
any thread.
"""

import collections
import threading
import traceback
from dataclasses import dataclass, field

import script as scripts
import weather as skies
from api import Failure, named
from conversations import Changed, Conversations
from fields import Refused
from prefix_cache import PrefixCache
from raw_json import BadJson, Body


@dataclass
class Plan:
    """What to send. `body`: whole, or None where `stream` is a list of (bytes,
    action). `transport`: a Weather that no HTTP can say. `began()`: call it
    when the status line is about to be sent."""
    status: int = 200
    headers: dict = field(default_factory=dict)
    body: object = None
    stream: list = None
    content_type: str = "application/json"
    delay: float = 0.0
    transport: object = None
    began: object = None
    entry: dict = field(default_factory=dict)


class Exchange:
    def __init__(self, settings, model):
        self.settings = settings
        self.model = model
        self.conversations = Conversations(settings.strangers)
        self.cache = PrefixCache()
        self._lock = threading.Lock()
        self._queued = collections.deque()
        self._number = 0
        self.counters = collections.Counter()
        self.refusals = collections.deque(maxlen=100)

    def queue_weather(self, weather, times=1):
        """The next `times` good requests get this, before the script is
        asked."""
        skies.check(weather)
        with self._lock:
            self._queued.extend([weather] * times)

    def answer(self, api, headers, data, target):
        with self._lock:
            self._number += 1
            number = self._number
        request_id = named("req_", "request", number)
        entry = {"number": number, "api": api.name, "bytes": len(data)}
        try:
            plan = self._good(api, headers, data, target, entry, request_id)
        except Refused as refused:
            plan = self._refuse(api, refused, request_id)
        except Exception as error:  # a fault of a script: loud, and final
            traceback.print_exc()
            entry.update(verdict="script failed", why=repr(error))
            plan = Plan(501, {}, {"error": f"the script failed: {error!r}"})
        plan.entry = dict(entry, **plan.entry)
        plan.entry.setdefault("status", plan.status)
        with self._lock:
            self.counters["requests"] += 1
            self.counters[plan.entry["verdict"]] += 1
            if plan.entry["verdict"] != "accepted":
                self.refusals.append({name: plan.entry.get(name) for name in (
                    "number", "api", "verdict", "why", "status")})
        return plan

    def _refuse(self, api, refused, request_id):
        failure = api.answer.refusal(refused, request_id, self.settings)
        plan = _failed(failure)
        plan.entry = {"verdict": "refused", "why": refused.message,
                      "param": refused.param}
        return plan

    def _good(self, api, headers, data, target, entry, request_id):
        api.request.check_headers(headers, self.settings)
        if headers.get("content-type", "").split(";")[0].strip().lower() != \
                "application/json":
            raise Refused("content-type must be application/json")
        try:
            body = Body(data)
        except BadJson as error:
            raise Refused(f"The request body is not valid JSON: {error}") \
                from error
        checked = api.request.check(body, self.settings, target)
        if self.settings.models and \
                checked.request.model not in self.settings.models:
            raise Refused(f"model: {checked.request.model} not found",
                          "model", 404, "model_not_found")
        spent, commit = self._spend(api, headers, checked)
        entry.update(input=spent.total)
        api.request.overflow(spent, checked, self.settings)
        try:
            place = self.conversations.place(checked.bound, checked.items,
                                             checked.grouped)
        except Changed as error:
            path = (error.where,)
            if isinstance(error.where, int):
                path = (api.items, error.where) + error.inside
                if checked.grouped:  # an item of several
                    path = (api.items, error.where + sum(error.inside))
            raise api.request.STYLE.says(path, error.message) from error
        if checked.items[-1].reply and not place.paused:
            raise Refused("The conversation must end with a user message; this "
                          "model does not support assistant message prefill.")
        token = checked.options.get("continuationToken")
        if token and not self.conversations.go_on(place, token):
            raise Refused("the continuation token is not one of this request",
                          "continuationToken")
        request = checked.request
        request.turn, request.attempt = place.turn, place.attempt
        request.conversation, request.number = place.conversation, \
            entry["number"]
        entry.update(conversation=place.conversation, turn=place.turn,
                     attempt=place.attempt, model=request.model,
                     dialect=request.dialect,
                     new=_new_bytes(checked.items),
                     results=sum(len(result.text.encode())
                                 for result in request.last_results))
        return self._reply(api, checked, place, spent, commit, request_id)

    def _spend(self, api, headers, checked):
        scope = (headers.get("x-api-key") or headers.get("x-goog-api-key")
                 or headers.get("authorization", ""),) + checked.scope
        minimum = self.settings.cache_minimum
        if minimum is None:
            minimum = api.cache_minimum(self.settings)
        if api.marked:
            return self.cache.marked(scope, checked.prompt, minimum)
        return self.cache.unmarked(scope, checked.prompt, minimum,
                                   api.cache_step(self.settings))

    def _next_reply(self, request):
        with self._lock:
            if self._queued:
                return scripts.Reply(self._queued.popleft())
        return scripts.as_reply(self.model.reply(request))

    def _reply(self, api, checked, place, spent, commit, request_id):
        reply = skies.settled(self._next_reply(checked.request))
        delay = self.settings.latency + sum(
            each.options.get("seconds", 0) for each in reply.weather
            if each.kind == "delay")
        sky = skies.instead(reply)
        if sky is not None:
            return self._instead(api, checked, reply, sky, delay, request_id)
        answer = api.answer.answer(checked, reply, place, spent,
                                   checked.request.number)
        plan = Plan(headers=dict(answer.headers, **{
            api.id_header: request_id}), delay=delay)
        plan.entry = {"verdict": "accepted", "usage": answer.usage,
                      "stop": reply.stop,
                      "calls": [piece.name for piece in reply.pieces
                                if isinstance(piece, scripts.Call)]}
        if reply.weather:
            plan.entry["weather"] = [each.kind for each in reply.weather]
        if checked.stream:
            plan.content_type = api.stream_type
            plan.stream = skies.on_frames(
                reply, answer.frames,
                lambda kind: api.answer.error_frame(kind, request_id,
                                                    self.settings),
                api.line_end)
        else:
            plan.body = answer.whole
        whole = not any(skies.spoils(each) for each in reply.weather)
        plan.began = lambda: self._began(place, answer, commit, whole)
        return plan

    def _instead(self, api, checked, reply, sky, delay, request_id):
        plan = Plan(delay=delay)
        if sky.kind in skies.FAILURES:
            plan = _failed(api.answer.failure(
                sky.kind, request_id, self.settings,
                sky.options.get("after")))
            plan.headers.update(skies.headers(sky))
            plan.delay = delay
        elif sky.kind == "bad_gateway":
            plan = Plan(502, {}, "<html><head><title>502 Bad Gateway</title>"
                        "</head><body><center><h1>502 Bad Gateway</h1></center>"
                        "</body></html>\r\n", content_type="text/html",
                        delay=delay)
            plan.headers.update(skies.headers(sky))
        elif sky.kind == "wrong_type":
            plan = Plan(200, {}, "<!doctype html><title>Sign in</title>\n",
                        content_type="text/html; charset=utf-8", delay=delay)
        elif sky.kind == "error_body":
            failure = api.answer.failure(
                sky.options.get("error", "overloaded"), request_id,
                self.settings)
            plan = Plan(200, {}, failure.body, delay=delay)
        elif sky.kind == "empty":
            plan = Plan(stream=[], content_type=api.stream_type, delay=delay)
        else:
            plan.transport = sky
        plan.entry = {"verdict": "weather", "why": sky.kind}
        return plan

    def _began(self, place, answer, commit, whole):
        """Before the first byte: the next request may come with the last. An
        answer that is lost on its way is billed all the same; only a whole one
        may come back."""
        commit()
        if whole:
            self.conversations.given(place, answer.given)
        with self._lock:
            for name, value in answer.usage.items():
                self.counters["tokens_" + name] += value
                if place.turn > 1:
                    self.counters["later_tokens_" + name] += value

    def client_gone(self):
        with self._lock:
            self.counters["gone"] += 1

    def state(self):
        with self._lock:
            counters = dict(self.counters)
            refusals = list(self.refusals)
            queued = len(self._queued)
        later = counters.get("later_tokens_input", 0)
        return {"counters": counters, "refusals": refusals,
                "queued_weather": queued,
                "conversations": self.conversations.count(),
                "cache_share_after_first_turn":
                    counters.get("later_tokens_cached", 0) / later
                    if later else None}


def _new_bytes(items):
    """Of what stands behind the last reply; all where there is none."""
    size = 0
    for item in reversed(items):
        if item.reply:
            break
        size += len(item.text.encode())
    return size


def _failed(failure: Failure):
    html = isinstance(failure.body, str)
    return Plan(failure.status, dict(failure.headers), failure.body,
                content_type="text/html" if html else "application/json")
