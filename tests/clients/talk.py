#!/usr/bin/env python3
"""talk.py API URL: a client in Python (tests/fakes/good_client.py) that reads a
patch, finishes, and hears a last word; for aimock_review.py."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "fakes"))

import good_client  # noqa: E402

good_client.TOOLS = [
    (name, "A tool.", {"type": "object", "properties": {}})
    for name in ("show_patch", "report_finding", "finish_review")]


def main():
    api, url = sys.argv[1:]
    talk = good_client.Talk(url, api, "vllm" if api == "chat" else "openai")
    said = []
    for _ in range(4):
        answer = talk.send()
        if answer.status != 200:
            raise SystemExit(f"{answer.status}: {answer.body.decode()}")
        said.append([(name, args) for _, name, args in answer.calls])
        if not answer.calls:
            break
        talk.go_on(answer)
    wanted = [[("show_patch", {"number": 1})],
              [("finish_review", {"complete": True})], []]
    if said != wanted or answer.text != "That is all.":
        raise SystemExit(f"got {said}, {answer.text!r}")


if __name__ == "__main__":
    main()
