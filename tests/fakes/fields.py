"""Checks of JSON values, field by field: what a provider's own door does.

A check is called with (value, path, style): it raises Refused, in the words of
the provider's style, or returns. Paths are tuples of names and numbers. Fields
that nobody has named are refused, as the real services do.
"""

import re


class Refused(Exception):
    """A request that the real service would not take. `param` is the path of
    what is wrong; `kind` names the error where the status alone does not."""

    def __init__(self, message, param="", status=400, code=None, kind=None):
        super().__init__(message)
        self.message = message
        self.param = param
        self.status = status
        self.code = code
        self.kind = kind


class Style:
    """How a provider writes paths and complaints. `dotted`: messages.0.text;
    else messages[0].text."""

    def __init__(self, dotted, unknown, missing, wrong, unknown_code=None,
                 missing_code=None, wrong_code=None):
        self._dotted = dotted
        self._unknown = unknown
        self._missing = missing
        self._wrong = wrong
        self._codes = (unknown_code, missing_code, wrong_code)

    def path(self, path):
        if self._dotted:
            return ".".join(str(step) for step in path)
        text = ""
        for step in path:
            if isinstance(step, int):
                text += f"[{step}]"
            else:
                text += ("." if text else "") + step
        return text

    def _refused(self, form, which, path, **words):
        shown = self.path(path)
        parent = self.path(path[:-1])
        return Refused(form.format(path=shown, parent=parent,
                                   name=path[-1] if path else "", **words),
                       shown, code=self._codes[which])

    def unknown(self, path):
        return self._refused(self._unknown, 0, path)

    def missing(self, path):
        return self._refused(self._missing, 1, path)

    def wrong(self, path, expected):
        return self._refused(self._wrong, 2, path, expected=expected)

    def says(self, path, message, code=None):
        """Any other complaint about the value at `path`."""
        shown = self.path(path)
        return Refused(f"{shown}: {message}" if shown else message, shown,
                       code=code)


def anything(value, path, style):
    pass


def string(least=0, most=None, pattern=None):
    compiled = re.compile(pattern) if pattern else None

    def check(value, path, style):
        if not isinstance(value, str):
            raise style.wrong(path, "string")
        if len(value) < least:
            raise style.says(path, f"must have at least {least} characters")
        if most is not None and len(value) > most:
            raise style.says(path, f"must have at most {most} characters")
        if compiled and not compiled.fullmatch(value):
            raise style.says(path, f"must match pattern {pattern}")
    return check


def integer(least=None, most=None):
    def check(value, path, style):
        if not isinstance(value, int) or isinstance(value, bool):
            raise style.wrong(path, "integer")
        if least is not None and value < least:
            raise style.says(path, f"must be at least {least}",
                             "integer_below_min_value")
        if most is not None and value > most:
            raise style.says(path, f"{value} is above the maximum of {most}",
                             "integer_above_max_value")
    return check


def number(least=None, most=None):
    def check(value, path, style):
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            raise style.wrong(path, "number")
        if (least is not None and value < least) or \
                (most is not None and value > most):
            raise style.says(path, f"must be from {least} to {most}")
    return check


def boolean(value, path, style):
    if not isinstance(value, bool):
        raise style.wrong(path, "boolean")


def one_of(*values):
    def check(value, path, style):
        if not isinstance(value, str) or value not in values:
            raise style.wrong(path, "one of " + ", ".join(
                f"'{each}'" for each in values))
    return check


def nullable(inner):
    def check(value, path, style):
        if value is not None:
            inner(value, path, style)
    return check


def array(of, least=0, most=None):
    def check(value, path, style):
        if not isinstance(value, list):
            raise style.wrong(path, "array")
        if len(value) < least:
            raise style.says(path, f"must have at least {least} elements")
        if most is not None and len(value) > most:
            raise style.says(path, f"must have at most {most} elements")
        for index, each in enumerate(value):
            of(each, path + (index,), style)
    return check


def record(required, optional=None):
    """An object with these fields and no others."""
    optional = optional or {}

    def check(value, path, style):
        if not isinstance(value, dict):
            raise style.wrong(path, "object")
        for name in required:
            if name not in value:
                raise style.missing(path + (name,))
        for name, each in value.items():
            field = required.get(name) or optional.get(name)
            if field is None:
                raise style.unknown(path + (name,))
            field(each, path + (name,), style)
    return check


def free_object(value, path, style):
    """An object whose fields are the caller's own."""
    if not isinstance(value, dict):
        raise style.wrong(path, "object")


def tagged(key, shapes, default=None):
    """A union, told apart by the text in `key`."""
    def check(value, path, style):
        if not isinstance(value, dict):
            raise style.wrong(path, "object")
        if key not in value and default is None:
            raise style.missing(path + (key,))
        tag = value.get(key, default)
        if not isinstance(tag, str) or tag not in shapes:
            raise style.wrong(path + (key,), "one of " + ", ".join(
                f"'{each}'" for each in shapes))
        shapes[tag](value, path, style)
    return check


def text_or(other):
    """A string, or what `other` checks."""
    def check(value, path, style):
        if not isinstance(value, str):
            other(value, path, style)
    return check


_SCHEMA_TYPES = ("object", "array", "string", "integer", "number", "boolean",
                 "null")


def json_schema(top_object=True, strict=False, banned=()):
    """A JSON Schema as tools and structured output have them. `strict`: closed
    objects that require each of their properties (`strict` == "all") or are
    closed only ("closed"), and none of the `banned` words."""
    def check(value, path, style):
        if not isinstance(value, dict):
            raise style.wrong(path, "object")
        if top_object and value.get("type") != "object":
            raise style.says(path + ("type",), "must be 'object'",
                             "invalid_function_parameters")
        waiting = [(value, path)]
        while waiting:
            node, where = waiting.pop()
            if isinstance(node, bool):
                continue
            if not isinstance(node, dict):
                raise style.wrong(where, "object")
            _check_schema_node(node, where, style, strict, banned)
            for name in ("properties", "$defs"):
                for key, inner in node.get(name, {}).items():
                    waiting.append((inner, where + (name, key)))
            for name in ("anyOf", "allOf", "oneOf"):
                for index, inner in enumerate(node.get(name, [])):
                    waiting.append((inner, where + (name, index)))
            for name in ("items", "not", "if", "then", "else"):
                if name in node:
                    waiting.append((node[name], where + (name,)))
    return check


def _check_schema_node(node, path, style, strict, banned):
    kinds = node.get("type", [])
    for kind in [kinds] if isinstance(kinds, str) else kinds:
        if kind not in _SCHEMA_TYPES:
            raise style.says(path + ("type",), f"'{kind}' is not a type",
                             "invalid_function_parameters")
    if not isinstance(node.get("properties", {}), dict):
        raise style.wrong(path + ("properties",), "object")
    required = node.get("required", [])
    if not isinstance(required, list) or \
            any(not isinstance(name, str) for name in required):
        raise style.wrong(path + ("required",), "array")
    if not strict:
        return
    for word in banned:
        if word in node:
            raise style.says(path + (word,), f"'{word}' is not permitted in a "
                             "strict schema", "invalid_function_parameters")
    if kinds == "object" or "properties" in node:
        if node.get("additionalProperties") is not False:
            raise style.says(path, "'additionalProperties' is required to be "
                             "supplied and to be false",
                             "invalid_function_parameters")
        if strict == "all" and set(node.get("properties", {})) != set(required):
            raise style.says(path, "'required' is required to be supplied and "
                             "to include every key in properties",
                             "invalid_function_parameters")
