#!/usr/bin/env python3
"""review_aimock.py API URL: `patchmilter review` of a series of three patches
by the model at URL, which reads each and finds nothing; for aimock_review.py.
Exits 0 where the review came to its end."""

import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "app"))

import model_fixture  # noqa: E402


def main():
    api, url = sys.argv[1:]
    with tempfile.TemporaryDirectory() as directory:
        tree, mbox = model_fixture.make_series(directory)
        done = model_fixture.review(directory, url, api, mbox=mbox, tree=tree)
    whole = "not read whole" not in done.stdout.lower()
    if done.returncode not in (0, 1) or not whole:
        raise SystemExit(f"status {done.returncode}\n{done.stdout}\n"
                         f"{done.stderr}")


if __name__ == "__main__":
    main()
