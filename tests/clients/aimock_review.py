#!/usr/bin/env python3
"""Runs a command against @copilotkit/aimock (aimock.mjs), as a client of each
API that is named.

    aimock_review.py --node NODE --api API[,API...] [--turns N] -- COMMAND...

In COMMAND, {url} becomes the mock's address and {api} the API's name. Each run
of it must exit 0, and must have asked the mock at the path of that API at least
N times (default 3): a review reads, finishes, and has then said all.

tests/clients/CMakeLists.txt runs it with talk.py, which is a client in Python,
and with review_aimock.py, which runs $PATCHMILTER review.
"""

import argparse
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
PATHS = {"anthropic": "/v1/messages", "responses": "/v1/responses",
         "chat": "/v1/chat/completions", "gemini": "/models/"}


def run(node, api, command):
    """(exit status of the command, requests at the API's path)."""
    mock = subprocess.Popen([node, os.path.join(HERE, "aimock.mjs")],
                            env=dict(os.environ, AIMOCK_API=api),
                            stdout=subprocess.PIPE, text=True)
    try:
        ready = mock.stdout.readline().split()
        if not ready or ready[0] != "ready":
            raise SystemExit("aimock does not start")
        url = f"http://127.0.0.1:{ready[1]}"
        status = subprocess.run(
            [word.replace("{url}", url).replace("{api}", api)
             for word in command], check=False).returncode
    finally:
        mock.terminate()
        said, _ = mock.communicate(timeout=30)
    asked = json.loads(said.strip().splitlines()[-1])
    return status, sum(count for path, count in asked.items()
                       if PATHS[api] in path)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--node", required=True)
    parser.add_argument("--api", required=True)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("command", nargs="+")
    options = parser.parse_args()
    failed = False
    for api in options.api.split(","):
        status, asked = run(options.node, api, options.command)
        print(f"{api}: exit {status}, asked {asked} times", flush=True)
        failed = failed or status != 0 or asked < options.turns
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
