#!/usr/bin/env python3
"""review_requests.py DIR: `patchmilter review` of one series by the scripted
reviewer over every API and dialect; DIR/API-DIALECT/ gets the model server's
log of it. The requests are ours as they go out, for types.test.mjs."""

import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "app"))

import model_fixture  # noqa: E402
from model_server import ModelServer  # noqa: E402

WAYS = [("anthropic", "openai"), ("responses", "openai"), ("gemini", "openai"),
        ("chat", "vllm"), ("chat", "llamacpp"), ("chat", "ollama"),
        ("chat", "openrouter")]


def review(directory, api, dialect, tree, mbox):
    log = os.path.join(directory, f"{api}-{dialect}")
    with ModelServer(model_fixture.scripted(), log=log, dialect=dialect,
                     key=model_fixture.KEY, pieces=False) as server:
        command = [os.environ["PATCHMILTER"], "review", "--model", server.url,
                   "--api", api, "--dialect", dialect, "--model-name",
                   "scripted", "--key-file", model_fixture.key_file(directory),
                   "--tree", tree, "--once", mbox]
        done = subprocess.run(command, capture_output=True, text=True,
                              check=False, timeout=250)
        state = server.state()
        refused = state["counters"].get("refused", 0)
        accepted = state["counters"].get("accepted", 0)
        if done.returncode not in (0, 1) or refused or accepted < 10:
            raise SystemExit(f"{api} {dialect}: status {done.returncode}, "
                             f"{accepted} taken, {refused} refused "
                             f"{state['refusals']}\n{done.stderr}")
        print(f"{api} {dialect}: {accepted} requests")


def main():
    directory = sys.argv[1]
    tree, mbox = model_fixture.make_series(directory)
    for api, dialect in WAYS:
        review(directory, api, dialect, tree, mbox)


if __name__ == "__main__":
    main()
