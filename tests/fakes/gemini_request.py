"""POST /v1beta/models/M:streamGenerateContent?alt=sse, or M:generateContent:
what is taken and what is not."""

import script
from api import Checked
from conversations import Item
from fields import (Refused, Style, array, boolean, free_object, integer,
                    json_schema, number, one_of, record, string)

STYLE = Style(False, "Invalid JSON payload received. Unknown name \"{name}\" "
              "at '{parent}': Cannot find field.",
              "* {path}: is required",
              "Invalid value at '{path}': expected {expected}")
NAME = r"[a-zA-Z_][a-zA-Z0-9_.:-]{0,63}"

_signature = string(1, pattern=r"[A-Za-z0-9+/=_-]+")
_call = record({"name": string(pattern=NAME)},
               {"args": free_object, "id": string(1)})
_response = record({"name": string(pattern=NAME), "response": free_object},
                   {"id": string(1)})
_PART = record({}, {"text": string(), "thought": boolean,
                    "thoughtSignature": _signature, "functionCall": _call,
                    "functionResponse": _response})


def _part(value, path, style):
    _PART(value, path, style)
    kinds = [name for name in ("text", "functionCall", "functionResponse")
             if name in value]
    if len(kinds) != 1:
        raise style.says(path + ("data",), "required oneof field 'data' must "
                         "have one initialized field")
    if value.get("text") == "" and "thoughtSignature" not in value:
        raise style.says(path, "a text part must not be empty")


_content = record({"role": one_of("user", "model"),
                   "parts": array(_part, least=1)})


def _instruction(value, path, style):
    record({"parts": array(record({"text": string(1)}), least=1)},
           {"role": one_of("user", "system")})(value, path, style)


_declaration = record(
    {"name": string(pattern=NAME), "description": string(1)},
    {"parametersJsonSchema": json_schema(), "parameters": json_schema(),
     "responseJsonSchema": free_object})
_BODY = record(
    {"contents": array(_content, least=1)},
    {"systemInstruction": _instruction,
     "tools": array(record({"functionDeclarations": array(_declaration,
                                                          least=1)})),
     "toolConfig": record({}, {"functionCallingConfig": record(
         {}, {"mode": one_of("AUTO", "ANY", "NONE", "VALIDATED"),
              "allowedFunctionNames": array(string(1))})}),
     "generationConfig": record({}, {
         "maxOutputTokens": integer(1), "temperature": number(0, 2),
         "topP": number(0, 1), "topK": integer(1), "seed": integer(),
         "candidateCount": integer(1, 1), "stopSequences": array(string(1),
                                                                 most=5),
         "responseMimeType": one_of("text/plain", "application/json"),
         "responseJsonSchema": json_schema(), "responseSchema": free_object,
         "thinkingConfig": record({}, {
             "includeThoughts": boolean, "thinkingBudget": integer(-1),
             "thinkingLevel": one_of("MINIMAL", "LOW", "MEDIUM", "HIGH",
                                     "XHIGH")})}),
     "safetySettings": array(record({"category": string(1),
                                     "threshold": string(1)})),
     "cachedContent": string(1), "labels": free_object,
     "serviceTier": one_of("unspecified", "standard", "flex", "priority"),
     "continuationToken": string(1, pattern=r"[A-Za-z0-9+/=]+")})


def check_headers(headers, settings):
    given = headers.get("x-goog-api-key")
    if not given:
        raise Refused("Method doesn't allow unregistered callers (callers "
                      "without established identity). Please use API Key or "
                      "other form of API consumer identity to call this API.",
                      status=403, kind="PERMISSION_DENIED")
    if settings.key and given != settings.key:
        raise Refused("API key not valid. Please pass a valid API key.",
                      code="API_KEY_INVALID")


def overflow(spent, checked, settings):
    if spent.total > settings.window:
        raise Refused(f"The input token count ({spent.total}) exceeds the "
                      f"maximum number of tokens allowed ({settings.window}).")


def check(body, settings, target):
    value = body.value
    query = target["query"].split("&") if target["query"] else []
    if any(each.startswith("key=") for each in query):
        raise Refused("the key belongs into the header x-goog-api-key")
    if target["stream"] and "alt=sse" not in query:
        raise Refused("streamGenerateContent is asked with alt=sse here")
    _BODY(value, (), STYLE)
    config = value.get("generationConfig", {})
    limit = config.get("maxOutputTokens", 0)
    if limit > settings.max_output:
        raise Refused("Unable to submit request because it has a "
                      f"maxOutputTokens value of {limit} but the supported "
                      f"range is from 1 (inclusive) to "
                      f"{settings.max_output + 1} (exclusive).")
    _check_config(config)
    declared = [each for tool in value.get("tools", [])
                for each in tool["functionDeclarations"]]
    _check_declarations(declared, value)
    _check_turns(value["contents"])
    texts = body.elements("contents")
    return Checked(
        request=_view(value, target, declared, limit),
        bound={"model": target["model"],
               "systemInstruction": body.raw.get("systemInstruction", ""),
               "tools": body.raw.get("tools", "")},
        items=[Item(content["role"] == "model", text, content)
               for content, text in zip(value["contents"], texts)],
        prompt=[body.raw.get("tools", ""),
                body.raw.get("systemInstruction", "")] + texts,
        scope=("gemini", target["model"]), stream=target["stream"],
        max_tokens=limit, options={
            "call_ids": settings.call_ids,
            "continuationToken": value.get("continuationToken")})


def _check_config(config):
    if "responseJsonSchema" in config and \
            config.get("responseMimeType") != "application/json":
        raise STYLE.says(("generationConfig", "responseMimeType"), "must be "
                         "application/json where a response schema is set")
    if "responseJsonSchema" in config and "responseSchema" in config:
        raise STYLE.says(("generationConfig", "responseJsonSchema"),
                         "only one response schema may be set")
    thinking = config.get("thinkingConfig", {})
    if "thinkingBudget" in thinking and "thinkingLevel" in thinking:
        raise STYLE.says(("generationConfig", "thinkingConfig"), "You can only "
                         "set only one of thinking budget and thinking level.")


def _check_declarations(declared, value):
    names = [each["name"] for each in declared]
    for index, each in enumerate(declared):
        path = ("tools", 0, "functionDeclarations", index)
        if each["name"] in names[:index]:
            raise STYLE.says(path, "Duplicate function declaration found: "
                             + each["name"])
        if "parameters" in each and "parametersJsonSchema" in each:
            raise STYLE.says(path, "parameters and parametersJsonSchema may "
                             "not both be set")
    config = value.get("toolConfig", {}).get("functionCallingConfig", {})
    allowed = config.get("allowedFunctionNames", [])
    if allowed and config.get("mode") not in ("ANY", "VALIDATED"):
        raise STYLE.says(("toolConfig", "functionCallingConfig"), "Allowed "
                         "function names should be set only when function "
                         "calling mode is ANY or VALIDATED.")
    for each in allowed:
        if each not in names:
            raise STYLE.says(("toolConfig", "functionCallingConfig"),
                             f"no function is named {each}")


def _check_turns(contents):
    if contents[0]["role"] != "user":
        raise Refused("Please ensure that the first content has role user.")
    for index, content in enumerate(contents):
        path, parts = ("contents", index), content["parts"]
        before = contents[index - 1] if index else {"role": "model",
                                                    "parts": []}
        if content["role"] == before["role"] == "user":
            raise STYLE.says(path, "Please ensure that multiturn requests "
                             "alternate between user and model.")
        wrong = "functionCall" if content["role"] == "user" else \
            "functionResponse"
        if any(wrong in part for part in parts):
            raise STYLE.says(path, f"a {wrong} part may not come from "
                             f"{content['role']}")
        calls = [part["functionCall"] for part in before["parts"]
                 if "functionCall" in part]
        given = [part["functionResponse"] for part in parts
                 if "functionResponse" in part]
        _check_responses(path, calls, given)
        if calls and "functionResponse" not in parts[0]:
            raise STYLE.says(path, "Please ensure that function response turn "
                             "comes immediately after a function call turn.")
    last = contents[-1]
    if last["role"] == "model" and any("functionCall" in part
                                       for part in last["parts"]):
        raise Refused("Please ensure that function call turn is followed by a "
                      "function response turn.")


def _check_responses(path, calls, given):
    if len(calls) != len(given):
        raise STYLE.says(path, "Please ensure that the number of function "
                         "response parts is equal to the number of function "
                         "call parts of the function call turn.")
    wanted = [(call["name"], call.get("id")) for call in calls]
    for each in given:
        key = (each["name"], each.get("id"))
        if key not in wanted:
            raise STYLE.says(path, f"the function response {each['name']} "
                             "answers no function call of the turn before")
        wanted.remove(key)


def _view(value, target, declared, limit):
    messages = []
    for content in value["contents"]:
        role = "user" if content["role"] == "user" else "assistant"
        parts = []
        for part in content["parts"]:
            if "functionCall" in part:
                call = part["functionCall"]
                parts.append(script.ToolCall(call.get("id", call["name"]),
                                             call["name"],
                                             call.get("args", {})))
            elif "functionResponse" in part:
                given = part["functionResponse"]
                text = given["response"].get(
                    "output", given["response"].get("error", ""))
                parts.append(script.ToolResult(
                    given.get("id", given["name"]), given["name"],
                    text if isinstance(text, str) else str(text),
                    "error" in given["response"]))
            elif part["text"] and not part.get("thought"):
                parts.append(script.Text(part["text"]))
        messages.append((role, parts))
    system = "\n".join(part["text"] for part in value.get(
        "systemInstruction", {"parts": []})["parts"])
    return script.Request(
        api="gemini", dialect="", model=target["model"], system=system,
        tools=[script.Tool(each["name"], each["description"], each.get(
            "parametersJsonSchema", each.get("parameters", {})))
            for each in declared],
        messages=messages, max_tokens=limit, schema=value.get(
            "generationConfig", {}).get("responseJsonSchema"),
        stream=target["stream"])
