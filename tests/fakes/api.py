"""What the four APIs have in common: settings, a request that was found good,
an answer ready to be sent, and the sealed parts that only the server can make.
"""

import base64
import hashlib
import json
from dataclasses import dataclass, field

import raw_json


@dataclass
class Settings:
    """`key`: the only one that is taken; "": any. `window`: tokens.
    `cache_minimum`: tokens; None: the provider's. `models`: names that exist;
    (): any. `no_tools`: started without a tool parser. `strangers`: take
    conversations that began elsewhere. `call_ids`: Gemini's calls have ids, as
    those of its older models do not. `latency`: seconds. `pieces`: cut streams
    into small ones."""
    key: str = ""
    dialect: str = "openai"
    window: int = 200_000
    max_output: int = 64_000
    cache_minimum: int = None
    models: tuple = ()
    no_tools: bool = False
    strangers: bool = False
    call_ids: bool = True
    latency: float = 0.0
    pieces: bool = True


@dataclass
class Checked:
    """A request that the provider would take. `bound`: named texts that a
    conversation may not change. `items`: conversations.Item, in order.
    `prompt`: the texts that are counted, or Blocks where marks matter."""
    request: object
    bound: dict
    items: list
    prompt: list
    scope: tuple
    stream: bool
    max_tokens: int = 0
    grouped: bool = False  # several items in a row are one reply
    options: dict = field(default_factory=dict)


@dataclass
class Frame:
    """One event of a stream. `data`: an object, or text as it is. `delta`: the
    text that it brings. `last`: without it (or one like it) the stream is not
    complete."""
    data: object
    event: str = ""
    delta: str = ""
    last: bool = False

    def encode(self, end="\n"):
        data = self.data if isinstance(self.data, str) else to_json(self.data)
        head = f"event: {self.event}{end}" if self.event else ""
        return (head + f"data: {data}{end}{end}").encode("utf-8")


@dataclass
class Answer:
    """`frames`: as streamed. `whole`: as one JSON body. `given`: what must come
    back. `usage`: for the journal."""
    frames: list
    whole: dict
    given: object
    usage: dict
    headers: dict = field(default_factory=dict)


@dataclass
class Failure:
    status: int
    body: object  # an object for JSON, or text for HTML
    headers: dict = field(default_factory=dict)


def to_json(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def is_object(text):
    """JSON, as strict readers have it: a number beyond all doubles is none."""
    def real(digits):
        if str(float(digits)) in ("inf", "-inf", "nan"):
            raise ValueError(digits)

    try:
        value = json.loads(text, parse_constant=real, parse_float=real)
        to_json(value).encode()  # Half of a surrogate pair is no character.
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict)


def arguments_text(args):
    """Of a call; a text is what a script wants sent, JSON or not."""
    return args if isinstance(args, str) else to_json(args)


def sealed(key, what, size=96):
    """Text that only this server makes for this place: a signature, or what
    stands for encrypted reasoning."""
    digest = hashlib.shake_256(f"sealed {key} {what}".encode()).digest(size)
    return base64.b64encode(digest).decode()


def named(prefix, key, what, size=18):
    """An identifier that is the same when the same request is answered anew."""
    digest = hashlib.shake_256(f"named {key} {what}".encode()).digest(size)
    text = base64.b32encode(digest).decode().rstrip("=")
    return prefix + text.lower()


def slices(text, rough=24):
    """A text as the deltas of a stream: small, and of uneven size."""
    at, step = 0, 0
    while at < len(text):
        step += 1
        size = max(1, (rough * (1 + step * 7 % 5)) // 3)
        yield text[at:at + size]
        at += size
    if not text:
        return


def token_count(*texts):
    return sum(-(-len(text.encode("utf-8", "surrogatepass")) // 4)
               for text in texts)


def same(wanted, got):
    return raw_json.canonical(wanted) == raw_json.canonical(got)
