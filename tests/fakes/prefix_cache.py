"""What a provider would have in its prompt cache, so that a client's share of
cached tokens can be measured. Time is left out: nothing expires.

Tokens are bytes / 4. An entry can be read once the answer to the request that
wrote it has begun, so requests sent at the same moment do not help each other.
Threads: any.
"""

import hashlib
import threading
from dataclasses import dataclass

BYTES_PER_TOKEN = 4
LOOK_BACK = 20  # blocks that Anthropic looks back from a mark


def tokens(text):
    size = len(text) if isinstance(text, bytes) else len(
        text.encode("utf-8", "surrogatepass"))
    return -(-size // BYTES_PER_TOKEN)


@dataclass
class Block:
    """A piece of the prompt, in the order of the cache: tools, system,
    messages. `mark`: a cache mark stands on it. `salt`: changes the entry, and
    is not counted."""
    text: str
    mark: bool = False
    ttl: str = "5m"
    salt: str = ""


@dataclass
class Spent:
    """Input tokens: read from the cache, written to it, and neither."""
    read: int = 0
    written: int = 0
    plain: int = 0
    written_1h: int = 0

    @property
    def total(self):
        return self.read + self.written + self.plain


class PrefixCache:
    def __init__(self):
        self._lock = threading.Lock()
        self._marked = set()
        self._blocks = set()

    def marked(self, scope, blocks, minimum):
        """Anthropic: entries end at marks. Returns (Spent, commit)."""
        digests, sizes = [], []
        running, size = hashlib.sha256(repr(scope).encode()), 0
        for block in blocks:
            running.update(hashlib.sha256((block.salt + block.text).encode(
                "utf-8", "surrogatepass")).digest())
            size += tokens(block.text)
            digests.append(running.hexdigest())
            sizes.append(size)
        marks = [index for index, block in enumerate(blocks) if block.mark]
        read, end = 0, 0
        with self._lock:
            for mark in marks:
                for back in range(mark, max(-1, mark - LOOK_BACK), -1):
                    if digests[back] in self._marked:
                        read = max(read, sizes[back])
                        break
        wanted = []
        one_hour, reached = 0, read
        for mark in marks:
            if sizes[mark] >= minimum:
                wanted.append(digests[mark])
                end = sizes[mark]
                if blocks[mark].ttl == "1h":
                    one_hour += max(0, end - reached)
                reached = max(reached, end)
        spent = Spent(read, max(0, end - read), size - max(end, read),
                      one_hour)
        return spent, lambda: self._commit(self._marked, wanted)

    def unmarked(self, scope, texts, minimum, step):
        """The others: any prefix, in steps of so many tokens. Returns (Spent,
        commit)."""
        data = "".join(texts).encode("utf-8", "surrogatepass")
        size = tokens(data)
        width = step * BYTES_PER_TOKEN
        running = hashlib.sha256(repr(scope).encode())
        digests = []
        for at in range(0, len(data) - width + 1, width):
            running.update(data[at:at + width])
            digests.append(running.hexdigest())
        found = 0
        with self._lock:
            while found < len(digests) and digests[found] in self._blocks:
                found += 1
        read = found * step
        if read < minimum:
            read = 0
        # The last token is never read: something is left to compute.
        read = min(read, max(0, size - 1))
        return (Spent(read, 0, size - read),
                lambda: self._commit(self._blocks, digests))

    def _commit(self, where, digests):
        with self._lock:
            where.update(digests)
