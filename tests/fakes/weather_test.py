"""What the model server does when it is told to do badly."""

import http.client
import json
import os
import sys
import threading
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "scripts")]

import echo  # noqa: E402
from good_client import Answer, Talk, events_of, post, read  # noqa: E402
from model_server import ModelServer  # noqa: E402
from script import Call, Reply, Say, Stop, Think, Weather  # noqa: E402
from weather import FAILURES, KINDS, STREAM  # noqa: E402

APIS = ("anthropic", "responses", "chat", "gemini")


class Fixed:
    """Answers what it was made with."""

    def __init__(self, *pieces):
        self._pieces = pieces

    def reply(self, request):
        return Reply(*self._pieces)


def raw(talk):
    """(status, headers, body, whether it came to its end) whatever happens."""
    connection = http.client.HTTPConnection("127.0.0.1",
                                            int(talk.url.rpartition(":")[2]),
                                            timeout=30)
    try:
        connection.request("POST", talk.path, json.dumps(
            talk.body, ensure_ascii=False).encode(), talk.headers())
        answer = connection.getresponse()
        body = b""
        try:
            while True:
                piece = answer.read(512)
                if not piece:
                    return answer.status, answer.headers, body, True
                body += piece
        except (http.client.HTTPException, OSError):
            return answer.status, answer.headers, body, False
    except (http.client.HTTPException, OSError) as error:
        return 0, type(error).__name__, b"", False
    finally:
        connection.close()


def terminal(api, body):
    return {"anthropic": b"message_stop", "responses": b"response.completed",
            "chat": b"[DONE]", "gemini": b"finishReason"}[api] in body


class WeatherTest(unittest.TestCase):
    def under(self, api, *pieces, **settings):
        with ModelServer(Fixed(*pieces), **settings) as server:
            return raw(Talk(server.url, api))

    def test_every_failure_has_its_status_and_form(self):
        wanted = {"anthropic": {"overloaded": 529, "credit": 402},
                  "responses": {"overloaded": 503, "credit": 429},
                  "chat": {"overloaded": 503, "credit": 429},
                  "gemini": {"overloaded": 503, "auth": 400, "credit": 429}}
        for api in APIS:
            for kind in FAILURES:
                status, headers, body, whole = self.under(api, Weather(kind))
                self.assertTrue(whole)
                self.assertGreaterEqual(status, 400)
                self.assertEqual(wanted[api].get(kind, status), status)
                self.assertIn("message", json.loads(body)["error"])
                self.assertEqual(headers["content-type"], "application/json")
                self.assertIsNone(headers["retry-after"])

    def test_final_limits_differ_from_passing_ones(self):
        def error(api, kind):
            return json.loads(self.under(api, Weather(kind))[2])["error"]
        self.assertNotIn("details", error("anthropic", "rate_limit"))
        self.assertEqual(error("anthropic", "spend_limit")["details"],
                         {"error_code": "contract_spend_limit_reached"})
        for api in ("responses", "chat"):
            self.assertEqual(error(api, "rate_limit")["code"],
                             "rate_limit_exceeded")
            self.assertEqual(error(api, "quota")["code"], "insufficient_quota")
        self.assertIn("PerDay", str(error("gemini", "quota")))
        self.assertIn("PerMinute", str(error("gemini", "rate_limit")))

    def test_retry_headers(self):
        for api in APIS:
            status, headers, body, _ = self.under(
                api, Weather("rate_limit", after=7, ms=1500,
                             should_retry=False))
            self.assertEqual(status, 429)
            self.assertEqual(headers["retry-after"], "7")
            self.assertEqual(headers["retry-after-ms"], "1500")
            self.assertEqual(headers["x-should-retry"], "false")
            self.assertEqual("retryDelay" in body.decode(), api == "gemini")
        date = self.under("anthropic", Weather("rate_limit", after=60,
                                               date=True))[1]["retry-after"]
        self.assertRegex(date, r"^\w{3}, \d\d \w{3} \d{4} .* GMT$")

    def test_pages_instead_of_answers(self):
        for api in APIS:
            status, headers, body, _ = self.under(api, Weather("bad_gateway"))
            self.assertEqual((status, headers["content-type"]),
                             (502, "text/html"))
            status, headers, body, _ = self.under(api, Weather("wrong_type"))
            self.assertEqual(status, 200)
            self.assertTrue(headers["content-type"].startswith("text/html"))
            status, headers, body, whole = self.under(api, Weather("empty"))
            self.assertEqual((status, body, whole), (200, b"", True))

    def test_connections_that_end(self):
        for api in APIS:
            status, name, _, _ = self.under(api, Weather("reset"))
            self.assertEqual((status, name), (0, "ConnectionResetError"))
            status, _, body, whole = self.under(api, Weather("reset",
                                                             at="headers"))
            self.assertEqual((body, whole), (b"", False))
            status, name, _, _ = self.under(api, Weather("close"))
            self.assertEqual((status, name), (0, "RemoteDisconnected"))
            status, _, body, whole = self.under(
                api, Say("x" * 600), Weather("reset", at="stream"))
            self.assertEqual((status, whole), (200, False))
            self.assertFalse(terminal(api, body))
            status, _, body, whole = self.under(api, Say("x" * 600),
                                                Weather("cut"))
            self.assertEqual((status, whole), (200, False))

    def test_a_truncated_stream_ends_cleanly(self):
        for api in APIS:
            for after in (0, 1, 0.5, 1.0):
                status, _, body, whole = self.under(
                    api, Say("y" * 300), Weather("truncate", after=after))
                self.assertEqual((status, whole), (200, True))
                self.assertFalse(terminal(api, body), (api, after))
                self.assertEqual(body == b"", after == 0)

    def test_an_error_inside_a_good_status(self):
        for dialect in ("openai", "openrouter"):
            for api in APIS:
                status, _, body, whole = self.under(
                    api, Weather("error_event", error="overloaded"),
                    dialect=dialect)
                self.assertEqual((status, whole), (200, True))
                self.assertFalse(terminal(api, body))
                last = events_of(body)[-1]
                self.assertIn("message", last[1].get("error", last[1]))
                if api in ("anthropic", "responses"):
                    self.assertEqual(last[0], "error")
        status, _, body, _ = self.under("chat", Weather(
            "error_body", error="quota"), dialect="openrouter")
        self.assertEqual((status, json.loads(body)["error"]["code"]),
                         (200, 402))

    def test_bytes_that_are_no_events(self):
        text = Say("Some words, and a few more of them, until it is enough.")
        for api in APIS:
            body = self.under(api, text, Weather("bad_utf8"))[2]
            self.assertRaises(UnicodeDecodeError, body.decode)
            for kind in ("malformed_json", "malformed_sse"):
                body = self.under(api, text, Weather(kind))[2]
                self.assertRaises(ValueError, events_of, body)
            body = self.under(api, text, Weather("huge_line", bytes=100_000))[2]
            self.assertGreater(max(map(len, body.split(b"\n"))), 100_000)
            plain = self.under(api, text)[2]
            self.assertEqual(_shape(events_of(body)), _shape(events_of(plain)))
            body = self.under(api, text, Weather("noise"))[2]
            self.assertIn(b": a comment", body)
            self.assertEqual(_shape(events_of(body)), _shape(events_of(plain)))
            body = self.under(api, text, Weather("huge_text", bytes=50_000))[2]
            self.assertIn(b"x" * 50_000, body)

    def test_ends_of_a_reply(self):
        ends = {
            "refusal": ("refusal", "completed", "stop", "PROHIBITED_CONTENT"),
            "content_filter": ("refusal", "incomplete", "content_filter",
                               "SAFETY"),
            "max_tokens": ("max_tokens", "incomplete", "length", "MAX_TOKENS"),
            "pause_turn": ("pause_turn", "completed", "stop", "CONTINUATION"),
            "window_exceeded": ("model_context_window_exceeded", "incomplete",
                                "length", "MAX_TOKENS"),
            "malformed_call": ("end_turn", "completed", "stop",
                               "MALFORMED_FUNCTION_CALL")}
        for kind, wanted in ends.items():
            for api, stop in zip(APIS, wanted):
                with ModelServer(Fixed(Say("Well."), Weather(kind))) as server:
                    answer = Talk(server.url, api).send()
                    self.assertEqual(answer.stop, stop, (api, kind))

    def test_max_tokens_inside_a_call(self):
        whole = {"text": "a long argument that does not come to its end"}
        model = Fixed(Say("I ask:"), Call("look", whole), Stop("max_tokens"))
        for api in ("anthropic", "chat"):
            with ModelServer(model) as server:
                body = raw(Talk(server.url, api))[2].decode()
                self.assertIn("look", body)
                self.assertIn("a long", body)
                self.assertNotIn("its end", body)
        with ModelServer(model) as server:
            body = raw(Talk(server.url, "responses"))[2].decode()
            self.assertIn("response.incomplete", body)
            self.assertNotIn("function_call_arguments.done", body)
        with ModelServer(model) as server:
            talk = Talk(server.url, "gemini")
            answer = talk.send()
            self.assertEqual((answer.calls, answer.stop), ([], "MAX_TOKENS"))

    def test_a_call_that_was_cut_may_not_come_back(self):
        model = Fixed(Say("I ask:"), Call("look", {"text": "long enough"}),
                      Stop("max_tokens"))
        for api in ("anthropic", "responses", "chat"):
            with ModelServer(model) as server:
                talk = Talk(server.url, api)
                talk.go_on(talk.send(), ["a result of what was no call"])
                self.assertEqual(talk.send().status, 400, api)
            with ModelServer(model) as server:
                talk = Talk(server.url, api)
                answer = talk.send()
                answer.calls = []
                _drop_call(api, answer.reply)
                talk.go_on(answer, text="Go on without it.")
                self.assertEqual(talk.send().status, 200, api)

    def test_a_spoilt_answer_may_not_come_back(self):
        with ModelServer(echo.Thoughtful()) as server:
            talk = Talk(server.url, "anthropic")
            server.weather("truncate", after=1.0)
            body = raw(talk)[2] + (b"event: message_stop\n"
                                   b"data: {\"type\":\"message_stop\"}\n\n")
            answer = Answer(200, {"content-type": "text/event-stream"}, body)
            read(talk, answer)
            self.assertTrue(answer.text)
            talk.go_on(answer)
            refused = talk.send()
            self.assertEqual(refused.status, 400)
            self.assertIn("no reply was given here", str(refused.error))

    def test_a_pause_goes_on_as_it_is(self):
        class Pausing:
            def reply(self, request):
                if request.turn == 1:
                    return Reply(Think("hm"), Say("Wait."), Stop("pause"))
                return Say("Done.")
        with ModelServer(Pausing()) as server:
            talk = Talk(server.url, "anthropic")
            answer = talk.send()
            talk.body["messages"].append(answer.reply)
            second = talk.send()
            self.assertEqual((second.status, second.text), (200, "Done."))
            talk.body["messages"].append(second.reply)
            self.assertEqual(talk.send().status, 400)
            talk.body["messages"].append({"role": "user", "content": "Go on."})
            self.assertEqual(talk.send().status, 200)

    def test_gemini_goes_on_by_a_token(self):
        class Pausing:
            def reply(self, request):
                if request.turn <= 2:
                    return Reply(Think("hm"), Say(f"Part {request.turn}. "),
                                 Stop("pause"))
                return Reply(Think("so"), Say("Done."))
        with ModelServer(Pausing()) as server:
            talk = Talk(server.url, "gemini")
            contents = talk.body["contents"]
            replies = []
            for _ in range(3):
                answer = talk.send()
                self.assertEqual(answer.status, 200, answer.body)
                replies.append(answer.reply)
                candidate = answer.events[-1][1]["candidates"][0]
                token = candidate.pop("continuationToken", None)
                self.assertEqual(token is None, len(replies) == 3)
                if token:
                    talk.body["continuationToken"] = token
            self.assertEqual(answer.text, "Done.")
            talk.body["continuationToken"] = "AAAA"
            self.assertEqual(talk.send().status, 400)
            del talk.body["continuationToken"]
            contents += replies
            self.assertEqual(talk.send().status, 400)  # the model's last
            contents.append({"role": "user", "parts": [{"text": "More?"}]})
            self.assertEqual(talk.send().status, 200)
            del contents[2]
            self.assertEqual(talk.send().status, 400)

    def test_queued_by_request_and_then_good_again(self):
        with ModelServer(echo.Model()) as server:
            post(server.url, "/_fake/weather", {}, json.dumps(
                {"kind": "overloaded", "times": 2, "after": 1}).encode())
            talk = Talk(server.url, "anthropic")
            self.assertEqual([talk.send().status for _ in range(3)],
                             [529, 529, 200])
            self.assertEqual([entry["attempt"] for entry in server.entries],
                             [1, 2, 3])
            bad = post(server.url, "/_fake/weather", {}, b'{"kind":"rain"}')
            self.assertEqual(bad.status, 400)

    def test_hanging_ends_with_the_client_and_with_the_server(self):
        for options in ({}, {"at": "stream"}):
            server = ModelServer(Fixed(Say("slow"), Weather("hang", **options)))
            server.start()
            results = []
            waiting = threading.Thread(target=lambda: results.append(
                raw(Talk(server.url, "anthropic"))))
            waiting.start()
            gone = http.client.HTTPConnection("127.0.0.1", server.port)
            talk = Talk(server.url, "anthropic")
            gone.request("POST", talk.path, json.dumps(talk.body).encode(),
                         talk.headers())
            gone.close()
            server.stop()
            waiting.join(30)
            self.assertFalse(waiting.is_alive())
            self.assertFalse(results[0][3])

    def test_kinds_are_all_told_in_the_table(self):
        import weather
        for kind in KINDS:
            self.assertIn(f"`{kind}`", weather.__doc__)
        self.assertTrue(set(STREAM) <= set(KINDS))
        with ModelServer(echo.Model()) as server, \
                self.assertRaises(ValueError):
            server.weather("rain")


def _drop_call(api, reply):
    """Takes the last call out of a reply."""
    if api == "chat":
        del reply["tool_calls"]
    else:
        (reply["content"] if api == "anthropic" else reply).pop()


def _shape(events):
    """Events without what differs from one server to the next."""
    return [(name, data if data == "[DONE]" else sorted(data))
            for name, data in events]


if __name__ == "__main__":
    unittest.main()
