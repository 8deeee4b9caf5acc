"""The reviewer of docs/example-review.md: what it does in each conversation
about one real series of this project stands here, turn by turn.

It reads like a person who knows the code. One of its findings is wrong, and its
own verifier finds that out. It says nothing that it has not seen in the answers
of the tools; and where a conversation is another than those that it was written
for, it says so and finishes.
"""

from reviewer import FINISH, JUDGE, REPORT, SHOW, task_of
from script import Call, Reply, Say, Stop, Think

NAMES = "A series that others have posted can be torn apart by a name"
KEYS = "Mails without a title get one key, and revise each other"
SCOPE = "Each patch does two things, and no message says why"

FINDINGS = {
    NAMES: {
        "patch": 3, "file": "series/partition.cc",
        "lines": ["+    if (units[at->second].poster == "
                  "units[cover->second].poster) return true;"],
        "function": "HasOwnPatches", "category": "logic", "title": NAMES,
        "explanation":
            "units[].poster is one for all who have a key in common, and a "
            "name of two words is such a key (series/units.cc). A stranger who "
            "bears the name of a cover's poster and answers the cover with one "
            "patch joins by Evidence::kThread. HasOwnPatches() is true then, "
            "and Allowed() refuses every edge of Evidence::kThreadOnly: where "
            "a maintainer's script has posted others' patches under the cover, "
            "none of them joins it any more. SharesAddress(), which this patch "
            "adds for just that reason, is not asked here. Should it be?",
        "reachability": "rare", "consequence": "misbehaviour",
        "confidence": 0.8,
    },
    KEYS: {
        "patch": 1, "file": "series/standing.cc",
        "lines": ["-      if (title == 0) return;"],
        "function": "FindKeys", "category": "logic", "title": KEYS,
        "explanation":
            "add_key() passed over the title 0 so far. It does so no more: "
            "each mail of a poster whose title is empty would get the key of "
            "poster and 0, and be taken for a revision of the others.",
        "reachability": "rare", "consequence": "misbehaviour",
        "confidence": 0.6,
    },
    SCOPE: {
        "patch": 0, "category": "message", "title": SCOPE,
        "explanation":
            "Each subject joins two changes, and behind each stands nothing "
            "but a sign-off. Patch 1 changes who may revise a series, and "
            "when patches under one title are versions; patch 2 how "
            "series sent crosswise are told apart, and the words of explain; "
            "patch 3 again two rules. Which list showed which fault is said "
            "neither there nor in the cover. A rule that proves wrong cannot "
            "be reverted alone.",
        "reachability": "always", "consequence": "cosmetic",
        "confidence": 0.8,
    },
}


def report(title):
    return Call(REPORT, FINDINGS[title])


def show(number):
    return Call(SHOW, {"number": number})


def change(number, path, function):
    return Call("function_change", {"number": number, "path": path,
                                    "function": function})


def search(pattern, path="series", **more):
    return Call("search", {"pattern": pattern, "path": path, **more})


def lines(path, first, last, at="patched"):
    return Call("read_file", {"path": path, "at": at, "first": first,
                              "last": last})


def done():
    return Call(FINISH, {"complete": True})


SERIES = [
    [Think("The cover first: what is promised?"), show(0)],
    [Think("Four promises. The map has three patches, all below series/, "
           "with tests of their own. Do the messages say why? Patch 2 is the "
           "one whose promise is the vaguest."), show(2)],
    [Think("No word of explanation behind the subject, and a change of the "
           "wording of explain beside the crosswise series. The same in the "
           "others, by the map. And does patch 3 need patch 2? It adds a "
           "penalty beside those of patch 2: which are there?"),
     search("kOtherAddress", at="patched"),
     search("other_tree \\?", regex=True, at="patched:2")],
    [Think("8 + 4 + 2 + 1 stay below 16, and 16 comes with patch 3 alone: the "
           "order holds. What is left is a remark on scope."),
     report(SCOPE)],
    [done()],
]

FIRST = [
    [Think("Patch 1, whole."), show(1)],
    [Think("Three places matter: SentAgain() and what it may cost, FindKeys(), "
           "and GrowsAtTheHead(). FindKeys() first: keys were kept without "
           "their poster before."),
     change(1, "series/standing.cc", "FindKeys"),
     change(1, "series/revisions.cc", "FindPrevious")],
    [Think("add_key() had a way out for the title 0, and has none now. What "
           "shares a key is looked at in FindPrevious(). If an empty title is "
           "0, all of a poster's mails without one would meet there."),
     report(KEYS)],
    [Think("Now the cost. SharesPatch() ends at number 16, both walk forward. "
           "HeadsInOneThread() looks up each ancestor of one in those of the "
           "other: how many are there?"),
     search("kMax", path="series/part.h", at="patched:1"),
     lines("tests/series/hostile_test.cc", 88, 130, at="patched:1")],
    [Think("Bounded, and the hostile cases have a limit of work; one went "
           "from 400 to 500 as more patches count for the head of a series. "
           "That fits GrowsAtTheHead(). Nothing more.")
     , done()],
]

SECOND = [
    [Think("Patch 2, whole."), show(2)],
    [Think("Find() goes round with what was dropped. Does it end, and does "
           "anything use members_ afterwards?"),
     lines("series/edges.cc", 68, 83, at="patched:2"),
     lines("series/edges.cc", 105, 158, at="patched:2"),
     search("members_", path="series/edges.cc", at="patched:2")],
    [Think("SparesOf() leaves one mail of a hub at least, so each round is "
           "shorter, and there are eight at most. A stem's numbers are "
           "compared as sets; an empty members_ ends the loop before hub is "
           "asked for its front. What was dropped keeps its order: a set of "
           "indices, and members_ came sorted?"),
     search("EdgeFinder\\(|FindEdges\\(", regex=True, at="patched:2"),
     lines("series/edges.h", 1, 60, at="patched:2")],
    [Think("They come in the order of the units. And the penalties of "
           "FindDates() are powers of two again. The words of explain are "
           "tested. I find nothing wrong here."), done()],
]

FIRST_AGAIN = [
    [Think("Without its message: the diff of patch 1."), show(1)],
    [Think("Keys get their poster in front, and a series sent again has to "
           "share a patch. What was guaranteed before, and is not now? A "
           "change-id did join across posters: on purpose it does no more. "
           "Nothing."), done()],
]

SECOND_AGAIN = [
    [Think("Without its message: the diff of patch 2."), show(2)],
    [Think("Spares by arrival, then by order of sending where all numbers are "
           "taken twice. Which facts does the order of sending come from?"),
     search("counter", path="series/part.h", at="patched:2")],
    [Think("From the Message-IDs; a mail without has 0 and the stable sort "
           "leaves it where it is. Still nothing."), done()],
]

THIRD = [
    [Think("Patch 3, whole."), show(3)],
    [Think("Who is \"one poster\"? SharesAddress() looks at two of the three "
           "keys, HasOwnPatches() at the number of the poster. Where does that "
           "number come from?"),
     search("poster", path="series/units.cc", at="patched:3"),
     search("posters[", path="series/part.cc", at="patched:3"),
     change(3, "series/partition.cc", "Allowed")],
    [Think("Parts that share any key are one poster, and posters[2] is the "
           "bare name. So a stranger with the name of the cover's poster is "
           "its poster in HasOwnPatches(), while the edge itself is only "
           "dearer. When is it looked at? Edges go by evidence first."),
     Call("read_file", {"path": "series/edges.h", "at": "patched:3"}),
     Call("read_file", {"path": "series/partition.h", "at": "patched:3",
                        "first": 20, "last": 45}),
     search("kThreadOnly", at="patched:3")],
    [Think("kThread comes before kThreadOnly: the stranger joins first, then "
           "the others' patches are refused. The tests have a stranger's "
           "address where the cover's poster sends his own patches, and not "
           "where a maintainer posts for others."), report(NAMES)],
    [done()],
]

VERIFY = {
    KEYS: [
        [Think("Can the title be 0 at all? Where is it set?"),
         search("title = ", path="series/part.cc", at="patched:1"),
         Call("read_file", {"path": "series/interner.h", "at": "patched:1",
                            "first": 1, "last": 28})],
        [Think("Every title is interned with \"t:\" in front, so that no text "
               "is empty, and only \"\" gives 0. The line that is gone could "
               "never be reached, and an empty title had a key before as "
               "after."),
         Call(JUDGE, {"verdict": "refuted", "reason":
                      "series/part.cc interns \"t:\" and the title, and "
                      "Interner::Get() gives 0 for \"\" alone: a title is "
                      "never 0, before the patch or after it."})],
    ],
    NAMES: [
        [Think("Refute it: is there something that keeps a stranger of the "
               "same name from joining under the cover, or that makes him "
               "another poster?"),
         Call("read_file", {"path": "series/units.cc", "at": "patched"}),
         change(3, "series/partition.cc", "Allowed"),
         lines("series/edges.cc", 86, 108, at="patched:3")],
        [Think("FindPosters joins all who share a key, names too. Add() only "
               "makes the stranger's edge dearer by 16. Nothing forbids it "
               "where his number is free, and a cover has no number of its "
               "own. Allowed() then says no to the others."),
         search("from another address", path="tests/series/cases.cc",
                at="patched:3", context=6)],
        [Think("The test has patches of the cover's poster beside the "
               "stranger's. Not this case. The claim holds."),
         Call(JUDGE, {"verdict": "confirmed", "reason":
                      "series/units.cc makes one poster of all who share a "
                      "key, the name among them; series/partition.cc, "
                      "Allowed(), then refuses edges of kThreadOnly."})],
    ],
    SCOPE: [
        [Think("A matter of messages: I read the one whose subject is the "
               "least clear."), show(3)],
        [Think("Two halves and a sign-off, as the claim says. It holds."),
         Call(JUDGE, {"verdict": "confirmed", "reason":
                      "The message of patch 3 as it was sent: a subject of two "
                      "halves, and no body."})],
    ],
}


class Model:
    def reply(self, request):
        if request.schema is not None:
            return Reply(Think("One is about who may fill a hole, the other "
                               "about messages. They are two."),
                         Say('{"same": []}'))
        turns = self._turns(request)
        if request.turn <= len(turns):
            return Reply(*turns[request.turn - 1])
        return Reply(Say("That is all."), Stop("end"))

    @staticmethod
    def _turns(request):
        task = task_of(request)
        text = request.first_text
        if task.kind == "verify":
            for title, turns in VERIFY.items():
                if title in text:
                    return turns
            return [[Call(JUDGE, {"verdict": "undecided", "reason":
                                  "A claim that was not expected."})]]
        if task.kind == "series":
            return SERIES
        # The second pass is given no words of the series.
        if "What strangers write" not in text:
            turns = {1: FIRST_AGAIN, 2: SECOND_AGAIN}.get(task.patch)
        else:
            turns = {1: FIRST, 2: SECOND, 3: THIRD}.get(task.patch)
        return turns or [[Say("A patch that was not expected."), done()]]
