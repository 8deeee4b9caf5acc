"""All that can go wrong between a client and a model.

Instead of an answer:

- `hang`: nothing is sent until the client gives up.
- `reset`: the connection is reset before any answer, or with at="headers"
  behind the headers. `close`: it is closed cleanly without an answer.
- `bad_request`, `context`, `auth`, `permission`, `not_found`, `too_large`,
  `credit`: refused for good. `spend_limit`, `quota`: a limit that is final,
  a 429 at most of them.
- `rate_limit`: a 429 that passes (after, ms, date).
- `timeout`, `conflict`, `server_error`, `unavailable`, `gateway_timeout`,
  `overloaded`: to be tried again (after, ms, date).
- `bad_gateway`: 502 with an HTML body. `wrong_type`: 200 with an HTML page.
- `error_body`: 200 with an error as JSON (OpenRouter; error).
- `empty`: 200, a stream without an event.

While a reply is streamed, or, alone, a short text:

- `truncate`: the stream ends cleanly without its last event (after).
- `reset` and `hang` with at="stream" (after).
- `cut`: the chunked body ends in the middle of a chunk (after).
- `error_event`: an error inside the 200 stream, which then ends (error, after).
- `malformed_json`: an event whose data is not JSON (after).
- `malformed_sse`: an event without the blank line behind it (after).
- `noise`: legal lines that mean nothing: comments, unknown fields, retry.
- `huge_line`: an event padded with blanks (bytes, after).
- `huge_text`: so much text in one delta (bytes, after).
- `bad_utf8`: bytes in a text that are not UTF-8 (after).
- `slow`: a pause behind each event (seconds).

With either: `delay` (seconds) before the status line. As ends of a reply:
`refusal`, `max_tokens`, `pause_turn`, `content_filter`, `window_exceeded`,
`malformed_call`.

Options. after: of a stream, a share of its events (0.5: half) or a count (an
int); of a failure, the seconds of retry-after, with date=True as a date, at
Gemini in the body too. ms: retry-after-ms. should_retry: x-should-retry.
error: a kind of the first list.
"""

import email.utils
import time

from api import to_json
from script import Reply, Say, Stop

STOPS = {"refusal": "refusal", "max_tokens": "max_tokens",
         "pause_turn": "pause", "content_filter": "content_filter",
         "window_exceeded": "window", "malformed_call": "malformed_call"}
STREAM = ("truncate", "cut", "error_event", "malformed_json", "malformed_sse",
          "noise", "huge_line", "huge_text", "bad_utf8", "slow")
FAILURES = ("bad_request", "context", "auth", "permission", "not_found",
            "too_large", "credit", "spend_limit", "quota", "rate_limit",
            "timeout", "conflict", "server_error", "unavailable",
            "gateway_timeout", "overloaded")
TRANSPORT = ("hang", "reset", "close", "bad_gateway", "wrong_type",
             "error_body", "empty", "delay")
KINDS = FAILURES + TRANSPORT + STREAM + tuple(STOPS)


def check(weather):
    if weather.kind not in KINDS:
        raise ValueError(f"no such weather: {weather.kind}")


def settled(reply):
    """The reply with ends of that name made plain, and something to stream
    where the weather happens on the way."""
    rest, stop = [], reply.stop
    for each in reply.weather:
        check(each)
        if each.kind in STOPS:
            stop = STOPS[each.kind]
        else:
            rest.append(each)
    pieces = list(reply.pieces)
    if not pieces and (stop in ("max_tokens", "pause", "window")
                       or any(on_stream(each) for each in rest)):
        pieces = [Say("The weather changes while this is being said. " * 3)]
    if not pieces and stop == "refusal":
        pieces = [Say("I can't help with that.")]
    return Reply(*pieces, Stop(stop), *rest, output_tokens=reply.output_tokens)


def on_stream(weather):
    return weather.kind in STREAM or (
        weather.kind in ("reset", "hang")
        and weather.options.get("at") == "stream")


def spoils(weather):
    """Whether a client must not use what it was sent under it."""
    return on_stream(weather) and weather.kind not in ("noise", "huge_line",
                                                       "slow")


def instead(reply):
    """The weather that comes in place of an answer, or None."""
    for each in reply.weather:
        if not on_stream(each) and each.kind != "delay":
            return each
    return None


def headers(weather):
    """Retry headers; Gemini has a body of its own for that."""
    made, options = {}, weather.options
    if options.get("after") is not None and weather.kind in FAILURES:
        made["retry-after"] = (
            email.utils.formatdate(time.time() + options["after"], usegmt=True)
            if options.get("date") else str(options["after"]))
    if options.get("ms") is not None:
        made["retry-after-ms"] = str(options["ms"])
    if options.get("should_retry") is not None:
        made["x-should-retry"] = str(options["should_retry"]).lower()
    return made


def position(options, count):
    after = options.get("after", 0.5)
    at = after if isinstance(after, int) else int(count * after)
    return max(0, min(at, count))


def on_frames(reply, frames, error_frame, end):
    """The stream's bytes as a list of (bytes, action): action is None, or
    "hang", "reset", "cut", "stop", or the seconds of a pause."""
    count = sum(1 for frame in frames if not frame.last)
    out = [(frame.encode(end), None) for frame in frames]
    for each in reply.weather:
        if not on_stream(each):
            continue
        at = position(each.options, min(count, len(out)))
        if each.kind in ("truncate", "cut", "reset", "hang"):
            action = "stop" if each.kind == "truncate" else each.kind
            out = out[:at] + [(b"", action)]
        elif each.kind == "error_event":
            frame = error_frame(each.options.get("error", "overloaded"))
            out = out[:at] + [(frame.encode(end), "stop")]
        elif each.kind == "slow":
            out = [(data, each.options.get("seconds", 0.01)
                    if action is None else action) for data, action in out]
        elif each.kind == "noise":
            out = [(_noise(end) + data, action) for data, action in out]
        else:
            _spoil(each, frames, out, min(at, count - 1), end)
    return out


def _noise(end):
    return (f": a comment{end}retry: 3000{end}unheard-of: yes{end}nothing{end}"
            f"{end}").encode()


def _spoil(weather, frames, out, at, end):
    # The first event with text from `at` on, else the one there.
    at = next((index for index in range(at, len(frames))
               if frames[index].delta.strip()), at)
    data, action = out[at]
    if weather.kind == "malformed_json":
        data = data.replace(b"data: {", b"data: {{", 1)
    elif weather.kind == "malformed_sse":
        data = data.rstrip(b"\r\n") + end.encode()
    elif weather.kind == "huge_line":
        size = weather.options.get("bytes", 1 << 20)
        data = data.replace(b"data: {", b"data: {" + b" " * size, 1)
    else:
        put = b"\xff\xfe" if weather.kind == "bad_utf8" else b"x" * \
            weather.options.get("bytes", 1 << 20)
        found = data.find(to_json(frames[at].delta)[1:-1].encode())
        if frames[at].delta and found >= 0:
            data = data[:found] + put + data[found:]
    out[at] = (data, action)
