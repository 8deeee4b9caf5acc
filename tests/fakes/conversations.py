"""Which conversation a request goes on with, and whether it goes on unchanged.

A conversation only grows. Each reply was given to one exact beginning: what is
bound to it (model, system, tools) and the items sent so far. When a reply comes
back it must stand behind that same beginning, byte for byte (cache marks
aside), and be what was given. A request without any reply begins a
conversation; the same one again is a further attempt.

Threads: any; one lock inside.
"""

import hashlib
import threading
from dataclasses import dataclass, field


class Changed(Exception):
    """`where`: the name of a bound part, or the number of an item; `inside`:
    the path in it."""

    def __init__(self, where, message, inside=()):
        super().__init__(message)
        self.where = where
        self.inside = tuple(inside)
        self.message = message


@dataclass
class Item:
    """A message, content or input item. `text`: as it was sent, marks aside.
    `reply`: it is the model's. `value`: parsed."""
    reply: bool
    text: str
    value: object = None


@dataclass
class Given:
    """A reply as it was given. `ids`: of its calls and sealed parts, to find
    it again. `compare(values)`: what is wrong with it as it has come back, as
    (path inside, message), or None. `paused`: it may stand last; `token`: with
    it is gone on from without being sent (Gemini); `next`: the replies that
    were given so, which come back behind it."""
    ids: list
    compare: object
    paused: bool = False
    token: str = ""
    next: list = field(default_factory=list)
    attempts: int = 0


@dataclass
class Place:
    """Where a request stands. `key` names its beginning. `after`: the paused
    reply that it goes on from by its token."""
    key: str
    conversation: str
    turn: int
    attempt: int
    paused: bool = False
    after: object = None


@dataclass
class _Node:
    bound: dict
    items: list
    attempts: int = 0
    replies: list = field(default_factory=list)


def _digest(text):
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


class Conversations:
    """`strangers`: take replies that this server has not given (a recorded
    conversation that is played to another server)."""

    def __init__(self, strangers=False):
        self._strangers = strangers
        self._lock = threading.Lock()
        self._nodes = {}
        self._by_id = {}

    def count(self):
        with self._lock:
            return sum(1 for node in self._nodes.values()
                       if not any(reply for reply, _ in node.items))

    def place(self, bound, items, grouped=False):
        """Where this request stands; raises Changed. `grouped`: replies in a
        row are one, else each is one, and only a paused one goes on so."""
        running = hashlib.sha256()
        bound = {name: _digest(text) for name, text in bound.items()}
        for name, digest in sorted(bound.items()):
            running.update(name.encode() + digest)
        seen = [(item.reply, _digest(item.text)) for item in items]
        root, turn, given = None, 1, None
        index = 0
        with self._lock:
            while index < len(items):
                if not items[index].reply:
                    running.update(b"u" + seen[index][1])
                    given = None
                    index += 1
                    continue
                key = running.hexdigest()
                root = root or key
                end = index
                while end < len(items) and items[end].reply and (
                        grouped or end == index):
                    end += 1
                if index and items[index - 1].reply and not (
                        given and given.paused):
                    raise Changed(index, "roles must alternate: two replies "
                                  "in a row")
                given = self._match(key, bound, seen, items, index, end, given)
                turn += 1
                for each in range(index, end):
                    running.update(b"m" + seen[each][1])
                index = end
            key = running.hexdigest()
            node = self._nodes.setdefault(key, _Node(bound, seen))
            node.attempts += 1
            return Place(key, "c" + (root or key)[:12], turn, node.attempts,
                         bool(given and given.paused))

    def go_on(self, place, token):
        """Moves `place` behind the paused reply of that token; False where
        none has it."""
        with self._lock:
            waiting = [(1, given) for given in self._nodes[place.key].replies]
            while waiting:
                depth, given = waiting.pop()
                if given.token == token:
                    given.attempts += 1
                    place.after, place.attempt = given, given.attempts
                    place.turn += depth
                    return True
                waiting += [(depth + 1, each) for each in given.next]
        return False

    def given(self, place, given):
        """The reply was streamed to its end."""
        with self._lock:
            (place.after.next if place.after
             else self._nodes[place.key].replies).append(given)
            for each in given.ids:
                self._by_id[each] = place.key

    def _match(self, key, bound, seen, items, start, end, before):
        values = [item.value for item in items[start:end]]
        node = self._nodes.get(key)
        replies = (before.next if before else []) + (
            node.replies if node else [])
        if node is None and not replies:
            if self._strangers:
                return None
            raise self._why(bound, seen, values, start)
        complaints = []
        for given in reversed(replies):
            complaint = given.compare(values)
            if complaint is None:
                return given
            complaints.append(complaint)
        if self._strangers and not replies:
            return None
        if not complaints:
            raise Changed(start, "no reply was given here, or it was cut off "
                          "on its way")
        inside, message = complaints[0]
        raise Changed(start, message, inside)

    def _why(self, bound, seen, values, start):
        text = repr(values)
        for each, key in self._by_id.items():
            if each in text:
                known = self._nodes[key]
                break
        else:
            return Changed(start, "this is no reply that was given here")
        for name, digest in bound.items():
            if known.bound.get(name) != digest:
                return Changed(name, f"{name} is not what it was when this "
                               "conversation began")
        for index, entry in enumerate(known.items):
            if index >= len(seen) or seen[index] != entry:
                return Changed(index, "this is not what was sent before in "
                               "this conversation; what came behind it is "
                               "bound to it")
        return Changed(start, "something was put into the conversation "
                       "before this reply")
