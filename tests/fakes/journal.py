"""--log DIR: what was asked and answered, byte for byte, without the keys.

    0001.request.headers  0001.request.body
    0001.answer.headers   0001.answer.body    (as far as it was sent)
    journal.jsonl         one line for each answer

A line: number, api, bytes, verdict (accepted, refused, weather, script failed),
why, status, conversation, turn, attempt, usage, stop, calls; new: bytes behind
the last reply, and results: those of them that tools have said. Threads: any.
"""

import json
import os
import threading

_KEYS = ("authorization", "x-api-key", "x-goog-api-key")


class Journal:
    def __init__(self, directory):
        self._directory = directory
        self._lock = threading.Lock()
        self._entries = []
        self._file = None
        if directory:
            os.makedirs(directory, exist_ok=True)
            self._file = open(os.path.join(directory, "journal.jsonl"), "a",
                              encoding="utf-8")

    def entries(self):
        with self._lock:
            return list(self._entries)

    def _write(self, number, name, data):
        if self._directory:
            path = os.path.join(self._directory, f"{number:04}.{name}")
            with open(path, "wb") as file:
                file.write(data)

    def request(self, number, handler, data):
        lines = [f"{handler.command} {handler.path}"] + [
            f"{name}: {'(a key)' if name.lower() in _KEYS else value}"
            for name, value in handler.headers.items()]
        self._write(number, "request.headers",
                    ("\n".join(lines) + "\n").encode("utf-8", "replace"))
        self._write(number, "request.body", data)

    def entry(self, entry):
        """Before the answer is sent: who has it, finds it here."""
        with self._lock:
            self._entries.append(entry)
            if self._file:
                self._file.write(json.dumps(entry, ensure_ascii=False) + "\n")
                self._file.flush()

    def answer(self, number, plan, sent):
        lines = [str(plan.status)] + [f"{name}: {value}" for name, value
                                      in plan.headers.items()]
        self._write(number, "answer.headers",
                    ("\n".join(lines) + "\n").encode())
        self._write(number, "answer.body", sent)

    def close(self):
        with self._lock:
            if self._file:
                self._file.close()
                self._file = None
