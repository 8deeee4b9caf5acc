"""JSON read together with the bytes that it was written in.

Whether a conversation was sent again unchanged is a question of bytes, so a
body is kept as parsed values and as the texts that they stood in.
"""

import json
import re


class BadJson(Exception):
    """Not UTF-8, not JSON, a key twice, half a surrogate pair, or not an
    object."""


def _no_constant(name):
    raise BadJson(f"{name} is not JSON")


def _no_key_twice(pairs):
    value = dict(pairs)
    if len(value) != len(pairs):
        raise BadJson("an object has a key twice")
    return value


_DECODER = json.JSONDecoder(object_pairs_hook=_no_key_twice,
                            parse_constant=_no_constant)
_SPACE = re.compile(r"[ \t\r\n]*")
_SURROGATE = re.compile("[\ud800-\udfff]")
_MARK = r'"cache_control"\s*:\s*(?:null|\{[^{}]*\})'
_MARK_BEHIND = re.compile(r"\s*,\s*" + _MARK)
_MARK_BEFORE = re.compile(_MARK + r"\s*,?\s*")


class Body:
    """`value`: the parsed object. `raw`: the text of each member's value."""

    def __init__(self, data):
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise BadJson("the body is not valid UTF-8") from error
        self.value, self.raw = _members(text)
        if "\\u" in text and _SURROGATE.search(
                json.dumps(self.value, ensure_ascii=False)):
            raise BadJson("no low surrogate in string")

    def elements(self, name):
        """The texts of an array's elements; [] where it is none."""
        return array_texts(self.raw.get(name, ""))


def _skip(text, at):
    return _SPACE.match(text, at).end()


def _decode(text, at):
    try:
        return _DECODER.raw_decode(text, at)
    except (ValueError, RecursionError) as error:
        raise BadJson(f"not JSON: {error}") from error


def _members(text):
    at = _skip(text, 0)
    if not text.startswith("{", at):
        raise BadJson("the body must be a JSON object")
    value, raw = {}, {}
    at = _skip(text, at + 1)
    more = not text.startswith("}", at)
    while more:
        if not text.startswith('"', at):
            raise BadJson("not JSON: a member's name is missing")
        name, at = _decode(text, at)
        at = _skip(text, at)
        if not text.startswith(":", at):
            raise BadJson("not JSON: ':' is missing")
        at = _skip(text, at + 1)
        member, end = _decode(text, at)
        if name in value:
            raise BadJson("an object has a key twice")
        value[name], raw[name] = member, text[at:end]
        at = _skip(text, end)
        more = text.startswith(",", at)
        if more:
            at = _skip(text, at + 1)
    if not text.startswith("}", at) or _skip(text, at + 1) != len(text):
        raise BadJson("not JSON: the object does not end")
    return value, raw


def array_texts(text):
    """The texts of the elements of a JSON array that has been parsed once."""
    at = _skip(text, 0)
    if not text.startswith("[", at):
        return []
    texts = []
    at = _skip(text, at + 1)
    while not text.startswith("]", at):
        _, end = _decode(text, at)
        texts.append(text[at:end])
        at = _skip(text, end)
        if text.startswith(",", at):
            at = _skip(text, at + 1)
    return texts


def object_texts(text):
    """The texts of the members of a JSON object that has been parsed once."""
    return _members(text)[1]


def without_marks(text):
    """The text without its cache marks: they may move between requests. In a
    JSON string their quotes would be escaped, so nothing else is taken."""
    if '"cache_control"' not in text:
        return text
    return _MARK_BEFORE.sub("", _MARK_BEHIND.sub("", text))


def canonical(value):
    """One text for equal values; the order of keys counts."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
