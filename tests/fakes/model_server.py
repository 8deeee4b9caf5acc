#!/usr/bin/env python3
"""A scripted model behind all four APIs, stricter than the real services.

    model_server.py --script FILE[:NAME] [--port 0 --port-file F] [--log DIR]

It speaks Anthropic Messages, OpenAI Responses, chat completions (of several
servers: --dialect) and Gemini, streamed or not, on 127.0.0.1 only. It refuses
what the real ones refuse, and what would cost money or meaning there: an
earlier message that has changed, a sealed part that does not come back as it
was. What the model says is a script's (script.py; scripts/ has some). What goes
wrong is weather (weather.py), from the script or from `POST /_fake/weather`.

| file | what |
|---|---|
| `script.py` | what a script sees and says |
| `exchange.py` | one request: checks, conversation, cache, script, answer |
| `conversations.py` | which conversation it is, and whether it is unchanged |
| `prefix_cache.py` | what a provider would have cached |
| `fields.py`, `raw_json.py` | checks field by field; JSON with its bytes |
| `*_request.py`, `*_answer.py` | each API: what it takes; how it answers |
| `weather.py`, `connection.py` | what goes wrong; HTTP in small pieces |
| `journal.py` | --log: requests, answers, `journal.jsonl` |

In Python: `with ModelServer(model) as server: server.url`. It prints "ready
PORT" when it listens, and ends on SIGTERM and SIGINT.
"""

import argparse
import json
import os
import signal
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import apis  # noqa: E402
import connection  # noqa: E402
import script  # noqa: E402
from api import Settings  # noqa: E402
from exchange import Exchange  # noqa: E402
from journal import Journal  # noqa: E402


class ModelServer:
    """`model`: an object with reply(request). Settings by keyword (api.py)."""

    def __init__(self, model, port=0, log=None, **settings):
        self.settings = Settings(**settings)
        self.exchange = Exchange(self.settings, model)
        self.journal = Journal(log)
        handler = type("Handler", (connection.Handler,), {"front": self})
        self._listener = connection.Listener(port, handler)
        self.port = self._listener.server_port
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = None

    def start(self):
        self._thread = threading.Thread(target=self._listener.serve_forever,
                                        args=(0.01,), daemon=True)
        self._thread.start()
        return self

    def stop(self):
        self._listener.stopping.set()
        if self._thread:
            self._listener.shutdown()
            self._thread.join()
            self._thread = None
        self._listener.server_close()
        self.journal.close()

    def __enter__(self):
        return self.start()

    def __exit__(self, *unused):
        self.stop()

    def weather(self, kind, times=1, **options):
        self.exchange.queue_weather(script.Weather(kind, **options), times)

    def state(self):
        return self.exchange.state()

    @property
    def entries(self):
        """The journal so far, oldest first."""
        return self.journal.entries()

    # Called by connection.Handler, in a thread of the connection.
    def serve(self, handler, data):
        path = handler.path.partition("?")[0]
        if path.startswith("/_fake/"):
            self._control(handler, path, data)
            return
        if handler.command == "GET" or path in apis.LOCAL_POSTS:
            status, body = apis.about(path, self.settings)
            handler.send_whole(status, {}, body, "application/json")
            return
        route = apis.route(handler.path)
        if handler.command != "POST" or route is None:
            handler.send_whole(404, {}, {"error": {
                "message": f"no such path: {path}", "type": "not_found_error",
                "code": 404}}, "application/json")
            return
        api, target = route
        headers = {name.lower(): value
                   for name, value in handler.headers.items()}
        plan = self.exchange.answer(api, headers, data, target)
        number = plan.entry["number"]
        self.journal.request(number, handler, data)
        self.journal.entry(plan.entry)
        sent = []
        try:
            connection.send_plan(handler, plan, self._listener.stopping,
                                 number, self.settings.pieces, sent)
        except (connection.Gone, OSError):
            self.exchange.client_gone()
            raise
        finally:
            self.journal.answer(number, plan, b"".join(sent))

    def _control(self, handler, path, data):
        status, answer = 200, {}
        if path == "/_fake/state":
            answer = self.state()
        elif path == "/_fake/weather" and handler.command == "POST":
            try:
                options = json.loads(data)
                self.weather(options.pop("kind"), options.pop("times", 1),
                             **options)
            except (ValueError, KeyError, TypeError) as error:
                status, answer = 400, {"error": str(error)}
        else:
            status, answer = 404, {"error": "state, weather"}
        handler.send_whole(status, {}, answer, "application/json")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__.partition("\n")[0],
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--script", required=True, metavar="FILE[:NAME]")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--port-file", help="written when it listens")
    parser.add_argument("--log", metavar="DIR")
    parser.add_argument("--key", default="", help="the only key that is taken")
    parser.add_argument("--dialect", default="openai", choices=apis.DIALECTS,
                        help="of chat completions")
    parser.add_argument("--window", type=int, default=200_000, help="tokens")
    parser.add_argument("--max-output", type=int, default=64_000)
    parser.add_argument("--cache-minimum", type=int, help="tokens")
    parser.add_argument("--latency", type=float, default=0, metavar="MS")
    parser.add_argument("--model", action="append", default=[],
                        help="a name that exists; any does without")
    parser.add_argument("--no-tools", action="store_true",
                        help="started without a tool parser (vllm, llamacpp)")
    parser.add_argument("--no-call-ids", action="store_true",
                        help="Gemini's calls without ids")
    parser.add_argument("--strangers", action="store_true",
                        help="take conversations that began elsewhere")
    parser.add_argument("--large-pieces", action="store_true",
                        help="streams in one piece")
    options = parser.parse_args()
    server = ModelServer(
        script.load(options.script), options.port, options.log,
        key=options.key, dialect=options.dialect, window=options.window,
        max_output=options.max_output, cache_minimum=options.cache_minimum,
        latency=options.latency / 1000, models=tuple(options.model),
        no_tools=options.no_tools, call_ids=not options.no_call_ids,
        strangers=options.strangers,
        pieces=not options.large_pieces)
    ended = threading.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *unused: ended.set())
    server.start()
    if options.port_file:
        with open(options.port_file + ".new", "w", encoding="ascii") as file:
            file.write(f"{server.port}\n")
        os.rename(options.port_file + ".new", options.port_file)
    print(f"ready {server.port}", flush=True)
    ended.wait()
    server.stop()


if __name__ == "__main__":
    main()
