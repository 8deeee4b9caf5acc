"""What the model server counts and keeps: tokens, caches, windows, logs."""

import concurrent.futures
import json
import os
import signal
import subprocess
import sys
import tempfile
import unittest
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "scripts")]

import echo  # noqa: E402
from good_client import SYSTEM, Talk, post  # noqa: E402
from model_server import ModelServer  # noqa: E402
from prefix_cache import Block, PrefixCache, tokens  # noqa: E402

APIS = ("anthropic", "responses", "chat", "gemini")
_MARK = {"type": "ephemeral"}


def cached(api, usage):
    return {"anthropic": lambda: usage["cache_read_input_tokens"],
            "responses": lambda: usage["input_tokens_details"][
                "cached_tokens"],
            "chat": lambda: usage.get("prompt_tokens_details", {}).get(
                "cached_tokens", 0),
            "gemini": lambda: usage.get("cachedContentTokenCount", 0)}[api]()


class MarkedCacheTest(unittest.TestCase):
    """Anthropic: entries end at marks, are found from marks, 20 blocks back."""

    def setUp(self):
        self.cache = PrefixCache()

    def spend(self, blocks, minimum=10):
        spent, commit = self.cache.marked("key", blocks, minimum)
        commit()
        return spent.read, spent.written, spent.plain

    def test_read_needs_a_mark_before_and_now(self):
        long, more = "a" * 400, "b" * 40
        self.assertEqual(self.spend([Block(long), Block(more)]), (0, 0, 110))
        self.assertEqual(self.spend([Block(long, True), Block(more)]),
                         (0, 100, 10))
        self.assertEqual(self.spend([Block(long), Block(more)]), (0, 0, 110))
        self.assertEqual(self.spend([Block(long, True), Block(more)]),
                         (100, 0, 10))

    def test_a_mark_further_on_finds_the_entry_behind(self):
        blocks = [Block("a" * 400, True)]
        self.spend(blocks)
        blocks[0].mark = False
        self.assertEqual(self.spend(blocks + [Block("b" * 40, True)]),
                         (100, 10, 0))

    def test_twenty_blocks_back_and_no_further(self):
        self.spend([Block("a" * 400, True)])
        for between, read in ((19, 100), (20, 0)):
            blocks = [Block("a" * 400)] + [
                Block(f"{between} {index}") for index in range(between)]
            blocks[-1].mark = True
            self.assertEqual(self.spend(blocks)[0], read)

    def test_below_the_minimum_nothing_is_written(self):
        block = [Block("a" * 400, True)]
        self.assertEqual(self.spend(block, 101), (0, 0, 100))
        self.assertEqual(self.spend(block, 100), (0, 100, 0))
        self.assertEqual(self.spend(block, 100), (100, 0, 0))

    def test_a_change_in_front_loses_all(self):
        self.spend([Block("a" * 400, True), Block("b" * 400, True)])
        self.assertEqual(self.spend([Block("A" + "a" * 399, True),
                                     Block("b" * 400, True)]), (0, 200, 0))
        self.assertEqual(self.spend([Block("a" * 400, True),
                                     Block("B" * 400, True)]), (100, 100, 0))

    def test_keys_share_nothing(self):
        blocks = [Block("a" * 400, True)]
        self.spend(blocks)
        self.assertEqual(self.cache.marked("other", blocks, 10)[0].read, 0)

    def test_nothing_is_read_before_the_writer_has_begun(self):
        blocks = [Block("a" * 400, True)]
        first, commit = self.cache.marked("key", blocks, 10)
        second, _ = self.cache.marked("key", blocks, 10)
        self.assertEqual((first.written, second.read), (100, 0))
        commit()
        self.assertEqual(self.cache.marked("key", blocks, 10)[0].read, 100)


class PrefixTest(unittest.TestCase):
    """The others: steps of 128 tokens, a minimum, no marks."""

    def test_steps_and_minimum(self):
        cache = PrefixCache()

        def spend(text, minimum=1024, step=128):
            spent, commit = cache.unmarked("key", [text], minimum, step)
            commit()
            return spent.read, spent.plain

        long = "".join(f"{number:8}" for number in range(600))  # 1200 tokens
        self.assertEqual(spend(long), (0, 1200))
        self.assertEqual(spend(long), (1152, 48))
        self.assertEqual(spend(long + "x" * 400), (1152, 148))
        self.assertEqual(spend("y" + long[1:]), (0, 1200))
        self.assertEqual(spend(long[:3900] + "z" * 400), (0, 1075))
        self.assertEqual(spend(long[:4000], minimum=0), (896, 104))

    def test_tokens_are_bytes_by_four(self):
        self.assertEqual([tokens(text) for text in ("", "a", "abcd", "abcde",
                                                    "→→")], [0, 1, 1, 2, 2])


class UsageTest(unittest.TestCase):
    def test_a_conversation_reads_what_it_has_sent(self):
        for api in APIS:
            with ModelServer(echo.Thoughtful(), cache_minimum=100) as server:
                talk = Talk(server.url, api)
                first = talk.send()
                self.assertEqual(cached(api, first.usage), 0)
                talk.go_on(first)
                second = talk.send()
                self.assertGreater(cached(api, second.usage), 1200, api)
                state = server.state()
                self.assertGreater(state["cache_share_after_first_turn"], 0.7)
                used = [entry["usage"] for entry in server.entries]
                self.assertEqual(state["counters"]["tokens_input"],
                                 used[0]["input"] + used[1]["input"])

    def test_conversations_share_what_they_begin_with(self):
        for api in APIS:
            with ModelServer(echo.Thoughtful(), cache_minimum=100) as server:
                Talk(server.url, api, task="Task: review patch 1").send()
                other = Talk(server.url, api,
                             task="Task: review patch 2").send()
                self.assertGreater(cached(api, other.usage), 1200, api)
                self.assertEqual(server.state()["conversations"], 2)

    def test_the_key_of_the_cache_parts_conversations(self):
        with ModelServer(echo.Thoughtful()) as server:
            Talk(server.url, "responses").send()
            talk = Talk(server.url, "responses")
            talk.body["prompt_cache_key"] = "another"
            self.assertEqual(cached("responses", talk.send().usage), 0)

    def test_thinking_and_effort_lose_the_messages_not_the_system(self):
        with ModelServer(echo.Thoughtful()) as server:
            talk = Talk(server.url, "anthropic")
            talk.send()
            whole = cached("anthropic", talk.send().usage)
            talk.body["output_config"] = {"effort": "low"}
            part = cached("anthropic", talk.send().usage)
            self.assertTrue(0 < part < whole)

    def test_input_tokens_leave_out_what_is_cached_at_anthropic(self):
        with ModelServer(echo.Thoughtful()) as server:
            talk = Talk(server.url, "anthropic")
            talk.body["messages"][0]["content"].append(
                {"type": "text", "text": "u" * 4000})
            usage = talk.send().usage
            self.assertLess(abs(usage["input_tokens"] - 1000), 30)
            self.assertGreater(usage["cache_creation_input_tokens"], 1200)
            again = talk.send().usage
            self.assertEqual(again["input_tokens"], usage["input_tokens"])
            self.assertEqual(again["cache_read_input_tokens"],
                             usage["cache_creation_input_tokens"])

    def test_an_hour_is_counted_apart(self):
        with ModelServer(echo.Model()) as server:
            talk = Talk(server.url, "anthropic")
            talk.body["system"][0]["cache_control"] = dict(_MARK, ttl="1h")
            made = talk.send().usage["cache_creation"]
            self.assertGreater(made["ephemeral_1h_input_tokens"], 1200)
            self.assertGreater(made["ephemeral_5m_input_tokens"], 0)


class WindowTest(unittest.TestCase):
    def test_too_long_a_prompt(self):
        says = {"anthropic": "prompt is too long", "gemini": "exceeds the "
                "maximum number of tokens", "responses": "context window",
                "chat": "maximum context length"}
        for api in APIS:
            with ModelServer(echo.Model(), window=1000) as server:
                talk = Talk(server.url, api)
                answer = talk.send()
                self.assertEqual(answer.status, 400)
                self.assertIn(says[api], str(answer.error))
                talk = Talk(server.url, api, system="short", tools=False)
                for name in ("max_tokens", "max_output_tokens",
                             "max_completion_tokens"):
                    if name in talk.body:
                        talk.body[name] = 100
                self.assertEqual(talk.send().status, 200)

    def test_the_answer_counts_where_it_does(self):
        for api, status in (("anthropic", 200), ("gemini", 200),
                            ("responses", 400), ("chat", 400)):
            with ModelServer(echo.Model(), window=4096) as server:
                self.assertEqual(Talk(server.url, api).send().status, status)

    def test_llama_says_how_much_there_is(self):
        with ModelServer(echo.Model(), window=1000, dialect="llamacpp") as \
                server:
            answer = Talk(server.url, "chat", "llamacpp").send()
            self.assertEqual(answer.error["error"]["type"],
                             "exceed_context_size_error")
            self.assertEqual(answer.error["error"]["n_ctx"], 1000)

    def test_ollama_cuts_and_says_nothing(self):
        with ModelServer(echo.Model(), window=500, dialect="ollama") as server:
            answer = Talk(server.url, "chat", "ollama").send()
            self.assertEqual(answer.status, 200)
            self.assertEqual(answer.usage["prompt_tokens"], 500)


class DialectTest(unittest.TestCase):
    def test_without_a_tool_parser(self):
        for dialect, status, says in (
                ("vllm", 400, "--enable-auto-tool-choice"),
                ("llamacpp", 500, "--jinja"),
                ("ollama", 400, "does not support tools")):
            with ModelServer(echo.Model(), dialect=dialect, no_tools=True) as \
                    server:
                answer = Talk(server.url, "chat", dialect).send()
                self.assertEqual(answer.status, status)
                self.assertIn(says, str(answer.error))
                self.assertEqual(Talk(server.url, "chat", dialect,
                                      tools=False).send().status, 200)

    def test_no_key_is_asked_for_at_home(self):
        for dialect, status in (("vllm", 200), ("llamacpp", 200),
                                ("ollama", 200), ("openai", 401),
                                ("openrouter", 401)):
            with ModelServer(echo.Model(), dialect=dialect) as server:
                talk = Talk(server.url, "chat", dialect)
                answer = talk.send(headers={"content-type":
                                            "application/json"})
                self.assertEqual(answer.status, status)

    def test_what_servers_say_of_themselves(self):
        def get(server, path):
            with urllib.request.urlopen(server.url + path) as answer:
                return json.load(answer)
        with ModelServer(echo.Model(), dialect="llamacpp", window=777) as \
                server:
            self.assertEqual(get(server, "/props")[
                "default_generation_settings"]["n_ctx"], 777)
        with ModelServer(echo.Model(), dialect="vllm", window=777,
                         models=("qwen",)) as server:
            self.assertEqual(get(server, "/v1/models")["data"][0], {
                "object": "model", "created": 0, "owned_by": "fake",
                "max_model_len": 777, "id": "qwen"})
            answer = Talk(server.url, "chat", "vllm").send()
            self.assertEqual(answer.status, 404)

    def test_openrouter_keeps_the_line_alive(self):
        with ModelServer(echo.Thoughtful(), dialect="openrouter") as server:
            answer = Talk(server.url, "chat", "openrouter").send()
            self.assertTrue(answer.body.startswith(b": OPENROUTER"))
            self.assertGreater(answer.usage["cost"], 0)

    def test_usage_of_a_stream_is_told_where_it_was_asked_for(self):
        with ModelServer(echo.Thoughtful()) as server:
            talk = Talk(server.url, "chat")
            self.assertTrue(talk.send().usage)
            del talk.body["stream_options"]
            self.assertFalse(talk.send().usage)


class ServerTest(unittest.TestCase):
    def test_streams_come_in_pieces_that_split_everything(self):
        with ModelServer(echo.Thoughtful()) as server:
            answer = Talk(server.url, "gemini")
            chunks = _chunks(server, answer)
            self.assertGreater(len(chunks), 60)
            self.assertTrue(any(chunk.endswith(b"\r") for chunk in chunks))
            self.assertTrue(any(chunk[:1] and 0x80 <= chunk[0] < 0xc0
                                for chunk in chunks))

    def test_many_at_once(self):
        def talk(number):
            mine = Talk(server.url, APIS[number % 4],
                        task=f"Task: review patch {number}")
            for _ in range(3):
                answer = mine.send()
                if answer.status != 200:
                    return answer.body
                mine.go_on(answer)
            return answer.text
        with ModelServer(echo.Thoughtful()) as server, \
                concurrent.futures.ThreadPoolExecutor(32) as pool:
            said = list(pool.map(talk, range(64)))
            self.assertEqual(set(said), {"Done — nothing is wrong."})
            self.assertEqual(server.state()["conversations"], 64)

    def test_a_script_that_fails_is_no_answer(self):
        class Broken:
            def reply(self, request):
                return ["not a piece"]
        with ModelServer(Broken()) as server:
            stderr, sys.stderr = sys.stderr, open(os.devnull, "w")
            try:
                answer = Talk(server.url, "anthropic").send()
            finally:
                sys.stderr.close()
                sys.stderr = stderr
            self.assertEqual(answer.status, 501)
            self.assertEqual(server.entries[0]["verdict"], "script failed")

    def test_no_such_path(self):
        with ModelServer(echo.Model()) as server:
            self.assertEqual(post(server.url, "/v1/complete", {}, b"{}").status,
                             404)

    def test_a_log_of_everything_but_the_key(self):
        with tempfile.TemporaryDirectory() as directory:
            with ModelServer(echo.Thoughtful(), log=directory) as server:
                talk = Talk(server.url, "anthropic", key="s3cret")
                answer = talk.send()
                talk.send(body=dict(talk.body, top_k=1))
            names = sorted(os.listdir(directory))
            self.assertEqual(names[:4], [
                "0001.answer.body", "0001.answer.headers",
                "0001.request.body", "0001.request.headers"])
            files = {}
            for name in names:
                with open(os.path.join(directory, name), "rb") as file:
                    files[name] = file.read()
            self.assertEqual(json.loads(files["0001.request.body"]), talk.body)
            self.assertEqual(files["0001.answer.body"], answer.body)
            self.assertNotIn(b"s3cret", b"".join(files.values()))
            lines = [json.loads(line) for line in
                     files["journal.jsonl"].splitlines()]
            self.assertEqual([line["verdict"] for line in lines],
                             ["accepted", "refused"])
            self.assertEqual(lines[0]["calls"], ["look", "touch"])
            self.assertIn("`top_k`", lines[1]["why"])

    def test_bytes_that_are_new(self):
        for api in APIS:
            with ModelServer(echo.Thoughtful()) as server:
                talk = Talk(server.url, api)
                talk.go_on(talk.send(), ["é" * 500, "y" * 700])
                talk.send()
                first, second = server.entries
                self.assertLess(second["new"], second["bytes"] - first["new"])
                self.assertEqual((first["results"], second["results"]),
                                 (0, 1700))
                self.assertLess(second["new"] - second["results"], 400)

    def test_as_a_program(self):
        with tempfile.TemporaryDirectory() as directory:
            port_file = os.path.join(directory, "port")
            program = subprocess.Popen(
                [sys.executable, "-B", os.path.join(HERE, "model_server.py"),
                 "--script", os.path.join(HERE, "scripts/echo.py"),
                 "--port-file", port_file, "--key", "k"],
                stdout=subprocess.PIPE, text=True)
            try:
                said = program.stdout.readline().split()
                self.assertEqual(said[0], "ready")
                with open(port_file, encoding="ascii") as file:
                    self.assertEqual(file.read().strip(), said[1])
                url = f"http://127.0.0.1:{said[1]}"
                answer = Talk(url, "anthropic", key="k", system=SYSTEM).send()
                self.assertIn("You said: Task", answer.text)
                self.assertEqual(Talk(url, "anthropic").send().status, 401)
            finally:
                program.send_signal(signal.SIGTERM)
                self.assertEqual(program.wait(30), 0)
                program.stdout.close()


def _chunks(server, talk):
    """The chunks of the body, as they were cut."""
    import socket
    data = json.dumps(talk.body).encode()
    head = f"POST {talk.path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" \
        f"Content-Length: {len(data)}\r\n" + "".join(
            f"{name}: {value}\r\n" for name, value in talk.headers().items())
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(head.encode() + b"\r\n" + data)
        with connection.makefile("rb") as stream:
            while stream.readline().strip():
                pass
            chunks = []
            while True:
                size = int(stream.readline(), 16)
                chunks.append(stream.read(size))
                stream.readline()
                if not size:
                    return chunks[:-1]


if __name__ == "__main__":
    unittest.main()
