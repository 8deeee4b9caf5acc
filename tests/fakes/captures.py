#!/usr/bin/env python3
"""Requests as files, for the type check of tests/clients/.

    captures.py DIR [LOG...]

DIR/good/: each request of whole conversations that the model server has taken,
by every API and dialect. DIR/bad/: the third of them, with each mutation that a
type check can see. With LOG, directories of `model_server.py --log`: the
requests that were taken in those, in DIR/good/ too. Files are named
API.DIALECT.….json.
"""

import json
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "scripts")]

import apis  # noqa: E402
import echo  # noqa: E402
import mutations_anthropic  # noqa: E402
import mutations_chat  # noqa: E402
import mutations_gemini  # noqa: E402
import mutations_responses  # noqa: E402
from good_client import Talk  # noqa: E402
from model_server import ModelServer  # noqa: E402

WAYS = [("anthropic", "openai"), ("responses", "openai"), ("gemini", "openai")
        ] + [("chat", dialect) for dialect in apis.DIALECTS]
MUTATIONS = {"anthropic": mutations_anthropic, "gemini": mutations_gemini,
             "responses": mutations_responses, "chat": mutations_chat}


def write(directory, name, data):
    with open(os.path.join(directory, name), "wb") as file:
        file.write(data if isinstance(data, bytes) else json.dumps(
            data, ensure_ascii=False, indent=1).encode())


def conversations(good, bad):
    for api, dialect in WAYS:
        with ModelServer(echo.Thoughtful(), dialect=dialect) as server:
            talk = Talk(server.url, api, dialect)
            for turn in range(1, 5):
                write(good, f"{api}.{dialect}.turn{turn}.json", talk.body)
                if turn == 3 and dialect == "openai":
                    mutated(bad, api, talk)
                answer = talk.send()
                assert answer.status == 200, answer.body
                talk.go_on(answer)


def mutated(bad, api, good):
    for each in MUTATIONS[api].ALL:
        if not each.typed:
            continue
        talk = good.copy()
        body = each.change(talk.body) or talk.body
        name = re.sub(r"[^a-zA-Z0-9]+", "-", each.name)
        write(bad, f"{api}.openai.{name}.json", body)


def logged(good, directory):
    """What a server's log holds of requests that were taken."""
    label = os.path.basename(os.path.normpath(directory))
    with open(os.path.join(directory, "journal.jsonl"),
              encoding="utf-8") as file:
        entries = [json.loads(line) for line in file]
    for entry in entries:
        if entry["verdict"] not in ("accepted", "weather"):
            continue
        with open(os.path.join(directory, f"{entry['number']:04}.request.body"),
                  "rb") as file:
            write(good, f"{entry['api']}.{entry.get('dialect') or 'openai'}."
                  f"{label}.{entry['number']:04}.json", file.read())


def main():
    directory = sys.argv[1]
    good, bad = (os.path.join(directory, name) for name in ("good", "bad"))
    for each in (good, bad):
        os.makedirs(each)
    conversations(good, bad)
    for log in sys.argv[2:]:
        logged(good, log)
    print(len(os.listdir(good)), len(os.listdir(bad)))


if __name__ == "__main__":
    main()
