"""What a scripted model is written with.

A script is a Python file with a class that has `reply(self, request)`. It gets
a Request, the same whatever API was spoken, and returns a Reply (or one piece,
or a list of them):

    class Model:
        def reply(self, request):
            if request.turn == 1:
                return Reply(Think("let me see"), Call("search", {"q": "x"}))
            return Reply(Say("done"))

It is called for every request that was well formed, retries included
(`request.attempt` counts them), from many threads at once; what it wants to
remember it takes from `request`, which holds the whole conversation.
"""

import importlib.util
import itertools
import json
import os
import sys
from dataclasses import dataclass, field


@dataclass
class Think:
    """Reasoning. `redacted`: only its sealed form is sent (Anthropic)."""
    text: str
    redacted: bool = False


@dataclass
class Say:
    text: str


@dataclass
class Call:
    name: str
    args: dict = field(default_factory=dict)


@dataclass
class Stop:
    """end, tools, max_tokens, stop_sequence, pause, refusal, content_filter,
    window, malformed_call. max_tokens right behind a Call cuts its JSON."""
    reason: str


class Weather:
    """Something goes wrong; the kinds stand in weather.py. Behind pieces, it
    happens while they are streamed; alone, instead of an answer."""

    def __init__(self, kind, **options):
        self.kind = kind
        self.options = options

    def __repr__(self):
        return f"Weather({self.kind!r}, {self.options!r})"


class Reply:
    """`usage`: output tokens, where the estimate will not do."""

    def __init__(self, *pieces, output_tokens=None):
        self.weather = [each for each in pieces if isinstance(each, Weather)]
        stops = [each for each in pieces if isinstance(each, Stop)]
        self.pieces = [each for each in pieces
                       if isinstance(each, (Think, Say, Call))]
        if len(self.weather) + len(stops) + len(self.pieces) != len(pieces):
            raise TypeError(f"not a piece of a reply, in {pieces!r}")
        has_calls = any(isinstance(each, Call) for each in self.pieces)
        self.stop = stops[-1].reason if stops else (
            "tools" if has_calls else "end")
        self.output_tokens = output_tokens

    @property
    def cut_call(self):
        """The last piece is a call that max_tokens ended inside."""
        return (self.stop == "max_tokens" and bool(self.pieces)
                and isinstance(self.pieces[-1], Call))


def as_reply(answer):
    if isinstance(answer, Reply):
        return answer
    if isinstance(answer, (list, tuple)):
        return Reply(*answer)
    return Reply(answer)


@dataclass
class Text:
    text: str


@dataclass
class ToolCall:
    id: str
    name: str
    args: object


@dataclass
class ToolResult:
    id: str
    name: str
    text: str
    error: bool = False


@dataclass
class Tool:
    name: str
    description: str
    schema: dict


@dataclass
class Request:
    """One request. `messages`: (role, parts), role "user" or "assistant", parts
    Text, ToolCall and ToolResult (results stand with role "user"). `turn`: 1
    for the conversation's first answer. `schema`: of structured output."""
    api: str
    dialect: str
    model: str
    system: str
    tools: list
    messages: list
    max_tokens: int = 0
    schema: object = None
    stream: bool = True
    turn: int = 1
    attempt: int = 1
    conversation: str = ""
    number: int = 0

    def parts(self, role=None, kind=object):
        return [part for each, parts in self.messages for part in parts
                if role in (None, each) and isinstance(part, kind)]

    def text(self):
        """All that the user has written, results aside."""
        return "\n".join(part.text for part in self.parts("user", Text))

    @property
    def first_text(self):
        """What stands in front of the model's first answer."""
        first = itertools.takewhile(lambda each: each[0] == "user",
                                    self.messages)
        return "\n".join(part.text for _, parts in first for part in parts
                         if isinstance(part, Text))

    @property
    def tool_names(self):
        return [tool.name for tool in self.tools]

    @property
    def last_results(self):
        """The results in the last message; [] where it has none."""
        return [part for part in self.messages[-1][1]
                if isinstance(part, ToolResult)] if self.messages else []

    def calls(self):
        """(ToolCall, ToolResult or None), in order, of all turns."""
        results = {part.id: part for part in self.parts("user", ToolResult)}
        return [(part, results.get(part.id))
                for part in self.parts("assistant", ToolCall)]


def load(where):
    """FILE or FILE:NAME; without a name, the file's class Model. The file may
    import its neighbours and `script`."""
    path, _, name = where.partition(":")
    folder = os.path.dirname(os.path.abspath(path))
    if folder not in sys.path:
        sys.path.append(folder)
    spec = importlib.util.spec_from_file_location(
        "script_" + os.path.basename(path).removesuffix(".py"), path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return getattr(module, name or "Model")()


def parse_arguments(messages):
    """Arguments that came as text become values, where they are JSON."""
    for _, parts in messages:
        for part in parts:
            if isinstance(part, ToolCall) and isinstance(part.args, str):
                try:
                    part.args = json.loads(part.args)
                except (ValueError, RecursionError):
                    pass
