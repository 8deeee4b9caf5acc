"""Mutations of a third request to Gemini. Its contents: 0 ours; 1 the model's:
a thought, a text, two calls (the first is signed), 2 their responses; 3 a
thought and a call, 4 its response."""

from mutation import (RAW, Mutation, drop, edit, meant, put, swapped, typed,
                      with_header, without)

_CALL = ("contents", 1, "parts", 2)
_RESPONSES = ("contents", 2, "parts")


def _snake(body):
    body["system_instruction_text"] = body.pop("systemInstruction")


def _two_schemas(body):
    declared = body["tools"][0]["functionDeclarations"][0]
    declared["parameters"] = declared["parametersJsonSchema"]


_CONFIG = "generationConfig"
_DECLARED = ("tools", 0, "functionDeclarations")

HEADERS = [
    Mutation("no key", "unregistered callers", status=403,
             headers=without("x-goog-api-key")),
    Mutation("a wrong key", "not valid",
             headers=with_header("x-goog-api-key", "another")),
    Mutation("the key in the address", "belongs into the header",
             path=lambda path: path + "&key=a-key"),
    Mutation("a stream of another form", "alt=sse",
             path=lambda path: path.replace("alt=sse", "")),
]

BODY = [
    typed("no contents", "contents", drop("contents")),
    meant("empty contents", "contents", put("contents", [])),
    typed("messages instead", '"messages"', put("messages", [])),
    typed("an unknown field", '"maxTokens"', put("maxTokens", 10)),
    typed("the model in the body", '"model"', put("model", "model-1")),
    typed("a field in another place", '"maxOutputTokens"',
          put("maxOutputTokens", 10)),
    typed("the system text by another name", "Unknown name", _snake),
    typed("the system text as a string", "systemInstruction",
          put("systemInstruction", "text")),
    typed("a limit as text", "maxOutputTokens",
          put(_CONFIG, "maxOutputTokens", "100")),
    meant("too high a limit", "supported range",
          put(_CONFIG, "maxOutputTokens", 64001)),
    typed("an unknown setting", '"max_tokens"', put(_CONFIG, "max_tokens", 1)),
    typed("a thinking level of no kind", "thinkingLevel",
          put(_CONFIG, "thinkingConfig", {"thinkingLevel": "high"})),
    meant("a level and a budget", "only one",
          put(_CONFIG, "thinkingConfig", {"thinkingLevel": "HIGH",
                                          "thinkingBudget": 100})),
    meant("a schema without its type", "responseMimeType",
          put(_CONFIG, "responseJsonSchema", {"type": "object"})),
    typed("a tool of OpenAI's form", "tools[0]",
          put("tools", 0, {"type": "function", "function": {}})),
    typed("tools without a list", "tools", edit("tools", lambda tools:
                                                tools[0])),
    typed("a function without a name", "name", drop(*_DECLARED, 0, "name")),
    typed("a function by input_schema", '"input_schema"',
          put(*_DECLARED, 0, "input_schema", {"type": "object"})),
    meant("parameters twice", "may not both", _two_schemas),
    meant("parameters of no object", "parametersJsonSchema.type",
          put(*_DECLARED, 0, "parametersJsonSchema", "type", "string")),
    meant("a function's name with blanks", "name",
          put(*_DECLARED, 0, "name", "a b")),
    meant("two functions of one name", "Duplicate",
          put(*_DECLARED, 1, "name", "look")),
    typed("a mode of no kind", "mode",
          put("toolConfig", "functionCallingConfig", "mode", "required")),
    meant("names allowed where all are", "Allowed function names",
          put("toolConfig", "functionCallingConfig", "allowedFunctionNames",
              ["look"])),
    typed("the role assistant", "role",
          put("contents", 1, "role", "assistant")),
    typed("no role", "role", drop("contents", 0, "role")),
    typed("content instead of parts", "contents[0]",
          put("contents", 0, {"role": "user", "content": "x"})),
    typed("parts as text", "parts", put("contents", 0, "parts", "x")),
    meant("an empty text", "must not be empty",
          put("contents", 0, "parts", 0, "text", "")),
    typed("an empty part", "oneof", put("contents", 0, "parts", 0, {})),
    meant("the model's content first", "first content", drop("contents", 0)),
    meant("a call unanswered at the end", "followed by a function response",
          drop("contents", 4)),
    meant("two contents of one role", "alternate",
          lambda body: body["contents"].append(
              {"role": "user", "parts": [{"text": "finish"}]})),
    typed("arguments as text", "args",
          put(*_CALL, "functionCall", "args", "{}")),
    typed("a response as text", "response",
          put(*_RESPONSES, 0, "functionResponse", "response", "x")),
    typed("a response without a name", "name",
          drop(*_RESPONSES, 0, "functionResponse", "name")),
    meant("a response missing", "number of function response",
          drop(*_RESPONSES, 1)),
    meant("a response twice", "number of function response",
          lambda body: body["contents"][4]["parts"].append(
              dict(body["contents"][4]["parts"][0]))),
    meant("an orphan response", "answers no function call",
          put(*_RESPONSES, 0, "functionResponse", "id", "none")),
    meant("a response of another function", "answers no function call",
          put(*_RESPONSES, 0, "functionResponse", "name", "touch")),
    meant("a text before the responses", "immediately after",
          lambda body: body["contents"][2]["parts"].insert(
              0, {"text": "here"})),
    meant("a call of ours", "may not come from user",
          lambda body: body["contents"][4]["parts"].append(
              {"functionCall": {"name": "look", "args": {}}})),
    # What is bound to the conversation.
    meant("a signature left out", "thought_signature",
          drop(*_CALL, "thoughtSignature")),
    meant("a signature altered", "thought_signature",
          edit(*_CALL, "thoughtSignature", lambda text: "A" + text[1:])),
    meant("a thought altered", "not the thoughts",
          put("contents", 1, "parts", 0, "text", "other")),
    meant("a thought as text", "not what the model has said",
          drop("contents", 1, "parts", 0, "thought")),
    meant("the model's text altered", "not what the model has said",
          put("contents", 1, "parts", 1, "text", "other")),
    meant("a call altered", "not what the model has said",
          put("contents", 1, "parts", 3, "functionCall", "args", {})),
    meant("a call's id altered", "answers no function call",
          put("contents", 1, "parts", 3, "functionCall", "id", "other")),
    meant("the first text altered", "not what was sent before",
          put("contents", 0, "parts", 0, "text", "Other words.")),
    meant("a response altered later", "not what was sent before",
          put(*_RESPONSES, 0, "functionResponse", "response",
              {"output": "(removed)"})),
    meant("the system text altered", "systemInstruction is not what",
          put("systemInstruction", "parts", 0, "text", "Be terse.")),
    meant("a function taken away", "tools is not what it was",
          drop(*_DECLARED, 1)),
    meant("the functions in another order", "tools is not what it was",
          swapped(*_DECLARED)),
    Mutation("another model", "model is not what it was",
             path=lambda path: path.replace("model-1", "model-2")),
]
ALL = HEADERS + RAW + BODY
