"""Which path is which API, and what is said of the server itself."""

import re
from dataclasses import dataclass

import anthropic_answer
import anthropic_request
import chat_answer
import chat_request
import gemini_answer
import gemini_request
import responses_answer
import responses_request

DIALECTS = ("openai", "vllm", "llamacpp", "ollama", "openrouter")


@dataclass
class Api:
    """`request` and `answer`: its two modules. `items`: what the list of a
    conversation is called. `marked`: its cache goes by marks. `minimum`: of a
    cached prefix, in tokens."""
    name: str
    items: str
    request: object
    answer: object
    minimum: int
    marked: bool = False
    line_end: str = "\n"
    stream_type: str = "text/event-stream"
    id_header: str = "x-request-id"

    def cache_minimum(self, settings):
        if self.name == "chat" and settings.dialect not in ("openai",
                                                            "openrouter"):
            return 0
        return self.minimum

    def cache_step(self, settings):
        """Blocks of the cache, in tokens."""
        if self.name == "chat" and settings.dialect in ("vllm", "llamacpp",
                                                        "ollama"):
            return 16
        return 128


ANTHROPIC = Api("anthropic", "messages", anthropic_request, anthropic_answer,
                1024, True, stream_type="text/event-stream; charset=utf-8",
                id_header="request-id")
RESPONSES = Api("responses", "input", responses_request, responses_answer,
                1024, stream_type="text/event-stream; charset=utf-8")
CHAT = Api("chat", "messages", chat_request, chat_answer, 1024)
GEMINI = Api("gemini", "contents", gemini_request, gemini_answer, 2048,
             line_end="\r\n", id_header="x-gemini-request")

_FIXED = {"/v1/messages": ANTHROPIC,
          "/v1/responses": RESPONSES, "/responses": RESPONSES,
          "/v1/chat/completions": CHAT, "/chat/completions": CHAT,
          "/api/v1/chat/completions": CHAT}
_GEMINI = re.compile(r"/v1(?:beta)?/models/([^/:]+):(generateContent|"
                     r"streamGenerateContent)")

# Asked with POST, and no model answers.
LOCAL_POSTS = ("/api/show",)


def route(target):
    """(Api, what the path says) or None."""
    path, _, query = target.partition("?")
    if path in _FIXED:
        return _FIXED[path], {"query": query}
    found = _GEMINI.fullmatch(path)
    if found:
        return GEMINI, {"model": found[1], "query": query,
                        "stream": found[2] == "streamGenerateContent"}
    return None


def about(path, settings):
    """What local servers say of themselves: (status, body)."""
    names = settings.models or ("model",)
    if path == "/props" and settings.dialect == "llamacpp":
        return 200, {"default_generation_settings": {
            "n_ctx": settings.window, "params": {"n_predict": -1}},
            "total_slots": 1, "model_alias": names[0],
            "chat_template": "{{ messages }}",
            "chat_template_caps": {"supports_tools": not settings.no_tools},
            "build_info": "b9000-fake"}
    if path in ("/v1/models", "/models", "/api/v1/models"):
        entry = {"object": "model", "created": 0, "owned_by": "fake"}
        if settings.dialect == "vllm":
            entry["max_model_len"] = settings.window
        if settings.dialect == "openrouter":
            entry["context_length"] = settings.window
        return 200, {"object": "list",
                     "data": [dict(entry, id=name) for name in names]}
    if path == "/api/show" and settings.dialect == "ollama":
        return 200, {"parameters": f"num_ctx {settings.window}",
                     "model_info": {"general.architecture": "fake",
                                    "fake.context_length": 131072},
                     "capabilities": ["completion", "tools"]}
    if path == "/health" and settings.dialect in ("llamacpp", "vllm"):
        return 200, {"status": "ok"}
    return 404, {"error": {"message": "not found", "type": "not_found_error",
                           "code": 404}}
