"""The model server: every good request passes, and every mutation of it is
refused in the provider's own form."""

import json
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "scripts")]

import echo  # noqa: E402
import mutations_anthropic  # noqa: E402
import mutations_chat  # noqa: E402
import mutations_gemini  # noqa: E402
import mutations_responses  # noqa: E402
from good_client import Talk, post  # noqa: E402
from model_server import ModelServer  # noqa: E402

APIS = ("anthropic", "responses", "chat", "gemini")
DIALECTS = ("openai", "vllm", "llamacpp", "ollama", "openrouter")


def third_request(server, api, dialect="openai"):
    """A conversation with two turns of calls behind it."""
    talk = Talk(server.url, api, dialect)
    for _ in range(2):
        answer = talk.send()
        assert answer.status == 200 and answer.calls, answer.body
        talk.go_on(answer)
    return talk


def message_of(api, answer):
    """The complaint, in the shape that the provider gives it."""
    error = answer.error
    if api == "anthropic":
        assert error["type"] == "error" and error["request_id"], error
        assert error["error"]["type"].endswith("_error"), error
        assert answer.headers["request-id"] == error["request_id"]
        return error["error"]["message"]
    if api == "gemini":
        assert error["error"]["code"] == answer.status, error
        assert error["error"]["status"].isupper(), error
        return error["error"]["message"]
    inner = error["error"]
    assert "code" in inner and isinstance(inner["message"], str), error
    if api == "responses":
        assert inner["type"] == "invalid_request_error", error
    return inner["message"]


class MutationsTest(unittest.TestCase):
    def check(self, api, mutations, dialect="openai"):
        self.assertGreaterEqual(len(mutations), 28)
        self.assertEqual(len({each.name for each in mutations}),
                         len(mutations))
        with ModelServer(echo.Thoughtful(), dialect=dialect, key="a-key") \
                as server:
            good = third_request(server, api, dialect)
            answer = good.send()
            self.assertEqual(answer.status, 200, answer.body)
            self.assertTrue(answer.text)
            for each in mutations:
                with self.subTest(api=api, dialect=dialect, name=each.name):
                    self.refused(api, good, each)
            again = good.send()
            self.assertEqual(again.status, 200, again.body)
            self.assertEqual(again.reply, answer.reply)
            self.assertEqual(server.state()["counters"]["refused"],
                             len(mutations))

    def refused(self, api, good, mutation):
        talk = good.copy()
        if mutation.change:
            talk.body = mutation.change(talk.body) or talk.body
        data = json.dumps(talk.body, ensure_ascii=False).encode()
        path, headers = talk.path, talk.headers()
        if mutation.raw:
            data = mutation.raw(data)
        if mutation.headers:
            headers = mutation.headers(headers)
        if mutation.path:
            path = mutation.path(path)
        answer = post(talk.url, path, headers, data)
        self.assertEqual(answer.status, mutation.status, answer.body)
        self.assertIn(mutation.says, message_of(api, answer))

    def test_anthropic(self):
        self.check("anthropic", mutations_anthropic.ALL)

    def test_responses(self):
        self.check("responses", mutations_responses.ALL)

    def test_chat(self):
        for dialect in DIALECTS:
            self.check("chat", mutations_chat.OF_DIALECT[dialect], dialect)

    def test_gemini(self):
        self.check("gemini", mutations_gemini.ALL)


class GoodTest(unittest.TestCase):
    def test_streamed_and_whole_are_the_same(self):
        for api in APIS:
            replies = []
            for stream in (True, False):
                with ModelServer(echo.Thoughtful()) as server:
                    talk = Talk(server.url, api, stream=stream)
                    for _ in range(4):
                        answer = talk.send()
                        self.assertEqual(answer.status, 200, answer.body)
                        self.assertEqual(bool(answer.events), stream)
                        talk.go_on(answer)
                    replies.append((answer.text, answer.thought, answer.stop,
                                    answer.usage))
            self.assertEqual(replies[0][:3], replies[1][:3], api)

    def test_structured_output(self):
        schema = {"type": "object", "properties": {"verdict": {
            "type": "string"}}, "required": ["verdict"],
            "additionalProperties": False}
        forms = {
            "anthropic": ("output_config", {"format": {
                "type": "json_schema", "schema": schema}}),
            "responses": ("text", {"format": {
                "type": "json_schema", "name": "verdict", "strict": True,
                "schema": schema}}),
            "chat": ("response_format", {"type": "json_schema", "json_schema": {
                "name": "verdict", "strict": True, "schema": schema}}),
            "gemini": ("generationConfig", {
                "responseMimeType": "application/json",
                "responseJsonSchema": schema})}
        for api, (name, form) in forms.items():
            with ModelServer(echo.Structured()) as server:
                talk = Talk(server.url, api, tools=False)
                talk.body[name] = form
                answer = talk.send()
                self.assertEqual(answer.status, 200, answer.body)
                self.assertEqual(json.loads(answer.text), {"verdict": "x"})

    def test_gemini_without_ids(self):
        with ModelServer(echo.Thoughtful(), call_ids=False) as server:
            talk = Talk(server.url, "gemini")
            for _ in range(3):
                answer = talk.send()
                self.assertEqual(answer.status, 200, answer.body)
                self.assertNotIn(b'"id"', answer.body)
                talk.go_on(answer)
            spoilt = talk.copy()
            spoilt.body["contents"][2]["parts"][0]["functionResponse"][
                "name"] = "touch"
            self.assertEqual(spoilt.send().status, 400)

    def test_cache_marks_may_move(self):
        with ModelServer(echo.Thoughtful()) as server:
            talk = third_request(server, "anthropic")
            for message in talk.body["messages"]:
                for block in message["content"]:
                    block.pop("cache_control", None)
            self.assertEqual(talk.send().status, 200)
            talk.body["cache_control"] = {"type": "ephemeral", "ttl": "5m"}
            del talk.body["system"][0]["cache_control"]
            self.assertEqual(talk.send().status, 200)

    def test_the_same_request_again_is_another_attempt(self):
        with ModelServer(echo.Thoughtful()) as server:
            talk = Talk(server.url, "anthropic")
            first, second = talk.send(), talk.send()
            self.assertEqual(first.reply, second.reply)
            self.assertEqual([entry["attempt"] for entry in server.entries],
                             [1, 2])
            self.assertEqual([entry["conversation"]
                              for entry in server.entries],
                             [server.entries[0]["conversation"]] * 2)

    def test_two_replies_in_a_row(self):
        for api in ("anthropic", "chat"):
            with ModelServer(echo.Thoughtful()) as server:
                talk = Talk(server.url, api, tools=False)
                answer = talk.send()
                talk.body["messages"].append(answer.reply)
                talk.go_on(answer)
                refused = talk.send()
                self.assertEqual(refused.status, 400)
                self.assertIn("two replies", str(refused.error))

    def test_strangers_are_taken_where_that_is_asked_for(self):
        with ModelServer(echo.Thoughtful()) as server:
            talk = third_request(server, "anthropic")
        with ModelServer(echo.Thoughtful()) as other:
            talk.url = other.url
            self.assertEqual(talk.send().status, 400)
        with ModelServer(echo.Thoughtful(), strangers=True) as other:
            talk.url = other.url
            self.assertEqual(talk.send().status, 200)


if __name__ == "__main__":
    unittest.main()
