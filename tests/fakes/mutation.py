"""A good request made bad in one place: what is done to it, and the complaint.

The tables stand in mutations_*.py. fakes_test.py sees each refused by the
server; tests/clients/ sees those marked `typed` refused by the types of the
official SDKs.
"""

from dataclasses import dataclass


@dataclass
class Mutation:
    """`change(body)`: spoils a parsed body, or returns another. `raw(data)`:
    spoils its bytes. `headers(headers)`, `path(path)`: likewise. `says`: what
    the complaint must hold."""
    name: str
    says: str
    change: object = None
    raw: object = None
    headers: object = None
    path: object = None
    status: int = 400
    typed: bool = False


def typed(name, says, change, status=400):
    """One that a type check sees too."""
    return Mutation(name, says, change, status=status, typed=True)


def meant(name, says, change, status=400):
    """Well typed, and wrong all the same."""
    return Mutation(name, says, change, status=status)


def put(*path_and_value):
    """A change: the last argument is put at the path of the others."""
    *path, name, value = path_and_value

    def change(body):
        at = body
        for step in path:
            at = at[step]
        if isinstance(at, list) and name == len(at):
            at.append(value)
        else:
            at[name] = value
    return change


def drop(*path):
    """A change: what stands at the path is taken away."""
    def change(body):
        at = body
        for step in path[:-1]:
            at = at[step]
        del at[path[-1]]
    return change


def edit(*path_and_function):
    """A change: what stands at the path becomes function(it)."""
    *path, name, function = path_and_function

    def change(body):
        at = body
        for step in path:
            at = at[step]
        at[name] = function(at[name])
    return change


def swapped(*path):
    """A change: the first two elements of the array at the path change
    places."""
    def change(body):
        at = body
        for step in path:
            at = at[step]
        at[0], at[1] = at[1], at[0]
    return change


def without(*names):
    """For headers."""
    return lambda headers: {name: value for name, value in headers.items()
                            if name not in names}


def with_header(name, value):
    return lambda headers: dict(headers, **{name: value})


# For any API.
RAW = [
    Mutation("not JSON", "not valid JSON", raw=lambda data: data[:-1]),
    Mutation("more than JSON", "not valid JSON", raw=lambda data: data + b"x"),
    Mutation("an array", "not valid JSON", raw=lambda data: b"[%s]" % data),
    Mutation("a key twice", "twice",
             raw=lambda data: b'{"model":"m",' + b'"model":"m",' + data[1:]),
    Mutation("a key twice further in", "twice",
             raw=lambda data: data.replace(b'"role": "user"',
                                           b'"role": "user", "role": "user"')),
    Mutation("not UTF-8", "UTF-8",
             raw=lambda data: data.replace(b"Shared", b"Shar\xffed", 1)
             .replace(b"Task:", b"Task\xff:", 1)),
    Mutation("half a surrogate pair", "surrogate",
             raw=lambda data: data.replace(b"Task:", b"Task \\ud83d:", 1)),
    Mutation("not a number", "not JSON",
             raw=lambda data: b'{"max_tokens":NaN,' + data[1:]),
    Mutation("the wrong content type", "content-type",
             headers=with_header("content-type", "text/plain")),
]
