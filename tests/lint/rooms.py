#!/usr/bin/env python3
"""Checks the sources against the table of rooms in docs/architecture.md.

rooms.py SOURCE_DIR     checks a tree; prints each fault as file:line: text
rooms.py --self-test    plants one fault of each kind in a scratch tree, and
                        fails where one of them is not found

What is checked:
 - each #include "room/..." is an edge that the table allows, and names a file
   that exists (or one that the build makes: base/version.h)
 - the table has no circle, and a row for each room that has sources
 - a C library's header stands in .cc files and *_handles.h of its room alone
 - include guards are PATCHMILTER_DIR_FILE_H_
 - a test that a comment or a page names exists
 - no source has more than 800 lines, a left-over marker of work to be done, or
   the path of a machine's own directories
"""

import os
import re
import sys
import tempfile

MAX_LINES = 800

# How each library's headers are named. A library of the table that is missing
# here is a fault: nothing would be checked for it.
LIBRARY_HEADERS = {
    "spdlog": r"spdlog/",
    "toml++": r"toml\+\+/|toml\.hpp",
    "libcrypto": r"openssl/",
    "gmime": r"gmime/|glib",
    "libgit2": r"git2\.h|git2/",
    "libcurl": r"curl/",
    "sqlite3": r"sqlite3\.h",
    "libmilter": r"libmilter/",
    "CLI11": r"CLI/",
    "zlib": r"zlib\.h",
    "libarchive": r"archive\.h|archive_entry\.h",
    "libseccomp": r"seccomp\.h",
    "re2": r"re2/",
    "libzstd": r"zstd\.h|zdict\.h",
}
JSON_ROOMS = {"model", "review", "store", "app"}

GENERATED = {"base/version.h"}
# Directories with sources that are no rooms: they may include any room.
OTHER_SOURCES = ("tests", "bench", "fuzz", "tools")
TEXT_SUFFIXES = (".h", ".cc", ".h.in", ".py", ".sh", ".cmake", ".md", ".toml",
                 ".txt", ".1", ".5", ".8", ".service", ".socket")

# Put together, so that this file does not hold them itself.
LEFT_OVER = re.compile(r"\b(" + "TO" + "DO|FIX" + "ME|XX" + r"X)\b")
MACHINE_PATH = re.compile("/(" + "work/main|work/shared|ho" + r"me/[a-z]+|ro" +
                          r"ot)/")
NAMED_TEST = re.compile(r"\btests/[\w/]+\.(?:cc|py|h)\b")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


class Table:
    """The rows of the table of rooms."""

    def __init__(self, path):
        self.edges = {}  # room -> the rooms that it may include
        self.owner = {}  # library -> its room
        self.faults = []
        with open(path, encoding="utf-8") as page:
            lines = page.read().splitlines()
        start = [i for i, line in enumerate(lines)
                 if re.match(r"\| *room *\| *holds *\| *may include *\|", line)]
        if len(start) != 1:
            self.faults.append(f"{path}: no table of rooms, or several")
            return
        everything = []
        for number, line in enumerate(lines[start[0] + 2:], start[0] + 3):
            if not line.startswith("|"):
                break
            cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
            if len(cells) != 4:
                self.faults.append(f"{path}:{number}: not four cells")
                continue
            room = cells[0].strip("`/ ")
            if cells[2] == "all":
                everything.append(room)
            self.edges[room] = set(self.words(cells[2])) - {"all"}
            for library in self.words(cells[3]):
                self.owner[library] = room
                if library not in LIBRARY_HEADERS:
                    self.faults.append(f"{path}:{number}: {library}: its "
                                       "headers are unknown to rooms.py")
        for room in everything:
            self.edges[room] = set(self.edges) - {room}
        for room, others in self.edges.items():
            for other in others - set(self.edges):
                self.faults.append(f"{path}: {room} may include {other}, "
                                   "which has no row")
        self.find_circle(path)

    @staticmethod
    def words(cell):
        return [word for word in re.split(r"[,\s]+", cell)
                if word and word not in ("–", "-")]

    def find_circle(self, path):
        """Takes rooms that include nothing any more until none is left."""
        left = {room: set(others) for room, others in self.edges.items()}
        while True:
            done = {room for room, others in left.items() if not others}
            if not done:
                break
            left = {room: others - done for room, others in left.items()
                    if room not in done}
        if left:
            self.faults.append(f"{path}: a circle among " +
                               ", ".join(sorted(left)))


def files_of(root):
    """The project's text files, as paths from the root."""
    for directory, names, files in os.walk(root):
        names[:] = sorted(name for name in names
                          if not name.startswith(".") and
                          name not in ("build", "__pycache__"))
        for name in sorted(files):
            if name.endswith(TEXT_SUFFIXES):
                yield os.path.relpath(os.path.join(directory, name), root)


def check_include(root, table, path, room, bracket, header):
    """The fault of one #include, or None."""
    first = header.split("/")[0]
    if room is not None and first in table.edges and bracket == "<":
        return f"<{header}>: our own headers stand in quotes"
    if first in table.edges and "/" in header:
        if (not os.path.exists(os.path.join(root, header)) and
                header not in GENERATED):
            return f'"{header}" does not exist'
        if room is not None and first not in table.edges[room] | {room}:
            return f'{room}/ may not include "{header}"'
        return None
    if bracket == '"' and room is not None:
        return f'"{header}": named from the top directory, like "{room}/..."'
    if room is None:
        return None
    for library, pattern in LIBRARY_HEADERS.items():
        if not re.match(pattern, header):
            continue
        if table.owner.get(library, room) != room:
            return f"{library} belongs to {table.owner[library]}/"
        if not path.endswith((".cc", "_handles.h")):
            return (f"{library} may stand in .cc files and *_handles.h, not "
                    "in a header")
    if header.startswith("nlohmann/") and room not in JSON_ROOMS:
        return f"nlohmann_json is not for {room}/"
    return None


def check_guard(path, text):
    want = "PATCHMILTER_" + re.sub(r"[^A-Z0-9]", "_", path.upper()) + "_"
    found = re.search(r"^#ifndef (\S+)\n#define (\S+)$", text, re.MULTILINE)
    if not found or {found[1], found[2]} != {want}:
        return f"{path}:1: the include guard must be {want}"
    return None


def check_tree(root):
    page = os.path.join(root, "docs", "architecture.md")
    table = Table(page)
    faults = table.faults
    for path in files_of(root):
        with open(os.path.join(root, path), encoding="utf-8",
                  errors="replace") as source:
            text = source.read()
        lines = text.splitlines()
        code = path.endswith((".h", ".cc"))
        if path.endswith((".h", ".cc", ".py")) and len(lines) > MAX_LINES:
            faults.append(f"{path}:{MAX_LINES}: {len(lines)} lines; split it")
        for number, line in enumerate(lines, 1):
            if LEFT_OVER.search(line):
                faults.append(f"{path}:{number}: left-over work; do it, or "
                              "open an issue")
            if MACHINE_PATH.search(line):
                faults.append(f"{path}:{number}: a path of one machine")
            if path.endswith((".h", ".cc", ".md")):
                faults += [f"{path}:{number}: {name} does not exist"
                           for name in NAMED_TEST.findall(line)
                           if not os.path.exists(os.path.join(root, name))]
        if not code:
            continue
        top = path.split("/")[0]
        room = None if top in OTHER_SOURCES else top
        if room is not None and room not in table.edges:
            faults.append(f"{path}:1: {room}/ has no row in the table of "
                          "rooms")
            continue
        for number, line in enumerate(lines, 1):
            include = INCLUDE.match(line)
            fault = include and check_include(root, table, path, room,
                                              include[1], include[2])
            if fault:
                faults.append(f"{path}:{number}: {fault}")
        if path.endswith(".h"):
            fault = check_guard(path, text)
            if fault:
                faults.append(fault)
    return faults


GOOD_PAGE = """
| room | holds | may include | C library |
|---|---|---|---|
| `base/` | x | – | spdlog |
| `net/` | x | base | libcurl |
| `app/` | x | all | – |
"""
GOOD_HEADER = """#ifndef PATCHMILTER_BASE_A_H_
#define PATCHMILTER_BASE_A_H_
#include <string>
#endif
"""

# (what is planted, path, text, a part of the fault)
SEEDS = [
    ("an edge", "base/a.cc", '#include "net/a.h"\n', "base/ may not include"),
    ("an edge, spaced", "base/a.cc", ' # include "net/a.h"\n',
     "base/ may not include"),
    ("angles", "net/a.cc", "#include <base/a.h>\n", "stand in quotes"),
    ("no such file", "net/a.cc", '#include "base/b.h"\n', "does not exist"),
    ("a short name", "net/a.cc", '#include "a.h"\n', "from the top"),
    ("a library elsewhere", "net/a.cc", "#include <spdlog/spdlog.h>\n",
     "net/a.cc:1: spdlog belongs to base/"),
    ("a library in a header", "net/b.h",
     "#ifndef PATCHMILTER_NET_B_H_\n#define PATCHMILTER_NET_B_H_\n"
     "#include <curl/curl.h>\n#endif\n", "not in a header"),
    ("json", "net/a.cc", "#include <nlohmann/json.hpp>\n", "nlohmann_json"),
    ("a guard", "net/b.h", "#ifndef B_H\n#define B_H\n#endif\n",
     "PATCHMILTER_NET_B_H_"),
    ("no guard", "net/b.h", "int b;\n", "PATCHMILTER_NET_B_H_"),
    ("a room without a row", "cellar/a.cc", "int a;\n", "has no row"),
    ("length", "net/a.cc", "int a;\n" * 801, "801 lines"),
    ("a marker", "net/a.cc", "// " + "TO" + "DO: all\n", "left-over"),
    ("a marker in python", "tests/a.py", "# FIX" + "ME\n", "left-over"),
    ("a path", "docs/b.md", "see /wo" + "rk/main/x\n", "one machine"),
    ("a test that is not there", "net/a.cc",
     "// Tested in tests/net/none" + "_test.cc.\n", "does not exist"),
    ("a circle", "docs/architecture.md",
     GOOD_PAGE.replace("| x | – |", "| x | net |"), "circle among"),
    ("no table", "docs/architecture.md", "nothing\n", "no table"),
    ("an unknown library", "docs/architecture.md",
     GOOD_PAGE.replace("libcurl", "libfoo"), "libfoo"),
    ("an unknown room", "docs/architecture.md",
     GOOD_PAGE.replace("| x | base |", "| x | bse |"), "bse"),
]


def self_test():
    failures = 0
    for what, path, text, want in [("nothing", None, "", None)] + SEEDS:
        with tempfile.TemporaryDirectory() as root:
            tree = {
                "docs/architecture.md": GOOD_PAGE,
                "base/a.h": GOOD_HEADER,
                "net/a.h": GOOD_HEADER.replace("BASE", "NET").replace(
                    "<string>", '"base/a.h"'),
                "net/c_handles.h": GOOD_HEADER.replace(
                    "BASE_A", "NET_C_HANDLES").replace("string",
                                                       "curl/curl.h"),
                "app/a.cc": '#include "net/a.h"\n',
                "tests/net/a_test.cc": '#include "net/a.h"\n',
            }
            if path:
                tree[path] = text
            for name, content in tree.items():
                full = os.path.join(root, name)
                os.makedirs(os.path.dirname(full), exist_ok=True)
                with open(full, "w", encoding="utf-8") as file:
                    file.write(content)
            faults = check_tree(root)
        good = (not faults if want is None else
                any(want in fault for fault in faults))
        if not good:
            failures += 1
            print(f"self-test: planted {what}; found {faults}")
    return failures


def main():
    if sys.argv[1:] == ["--self-test"]:
        return 1 if self_test() else 0
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    faults = check_tree(sys.argv[1])
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
