"""Small models for unit tests."""

import json

from script import Call, Reply, Say, Think


class Model:
    """Says what the user has said last; the results, where tools were asked."""

    def reply(self, request):
        if request.last_results:
            return Say("Results: " + "; ".join(
                result.text for result in request.last_results))
        return Say("You said: " + request.messages[-1][1][-1].text)


class Thoughtful:
    """Thinks, calls every tool of one turn at once, then says a word."""

    def reply(self, request):
        if request.turn == 1 and request.tools:
            return Reply(Think("First, what is there to ask? Größe: 10 µm."),
                         Say("I will look at it."),
                         *[Call(tool.name, {"text": "naïve → \"so\" ☃",
                                            "number": 3})
                           for tool in request.tools[:2]])
        if request.turn == 2 and request.tools:
            return Reply(Think("Once more."), Call(request.tools[0].name,
                                                   {"text": "again"}))
        return Reply(Think("Enough."), Say("Done — nothing is wrong."))


class Structured:
    """Answers a schema with an object that has its properties as text."""

    def reply(self, request):
        names = (request.schema or {}).get("properties", {})
        return Say(json.dumps({name: "x" for name in names}))
