"""`patchmilter index`: what it prints, and what of the directory it leaves."""

import os
import subprocess
import tempfile
import unittest

PATCHMILTER = os.environ["PATCHMILTER"]


class IndexCommandCase(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="patchmilter-index-")
        self.addCleanup(scratch.cleanup)
        self.tree = os.path.join(scratch.name, "tree")
        self.directory = os.path.join(scratch.name, "index")
        os.mkdir(self.tree)
        self.git("init", "-q", "-b", "main")

    def git(self, *arguments):
        environment = {
            "PATH": os.environ["PATH"], "HOME": "/nonexistent",
            "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_NAME": "Jane Roe",
            "GIT_AUTHOR_EMAIL": "jane@example.org",
            "GIT_COMMITTER_NAME": "Jane Roe",
            "GIT_COMMITTER_EMAIL": "jane@example.org",
        }
        subprocess.run(["git", "-C", self.tree, *arguments], env=environment,
                       check=True)

    def commit(self, files):
        for name, text in files.items():
            with open(os.path.join(self.tree, name), "w",
                      encoding="utf-8") as file:
                file.write(text)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "files")

    def index(self, *options, want=0):
        result = subprocess.run(
            [PATCHMILTER, "index", "--tree", self.tree, "--index",
             self.directory, *options], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, check=False, timeout=60)
        self.assertEqual(result.returncode, want,
                         result.stdout + result.stderr)
        return result.stdout if want == 0 else result.stderr

    def test_a_tree_without_files_lacks_no_definitions(self):
        self.commit({})
        self.assertEqual(self.index(),
                         "0 files, 0 added; 0 MB of text in 0 MB on disk\n")
        self.commit({"a.c": "int a;\n"})
        self.assertIn("1 added", self.index())
        self.assertIn("1 files, 0 added", self.index("--no-symbols"))

    def test_without_definitions(self):
        self.commit({"a.c": "int a;\n"})
        self.assertIn("no definitions: ctags was not run\n",
                      self.index("--no-symbols"))

    def test_a_branch_that_is_gone(self):
        self.commit({"a.c": "int a;\n"})
        said = self.index("--branch", "main", "--branch", "gone\n")
        self.assertIn("1 added", said)
        self.assertIn('no branch "gone\\x0a": left out\n', said)
        self.assertIn("gone", self.index("--branch", "gone", want=2))

    def test_no_room(self):
        self.commit({f"{i}.txt": "".join(f"{i * n * n}\n" for n in range(9000))
                     for i in range(40)})
        said = self.index("--max-mib", "1")
        self.assertIn("there is no room for them in 1 MiB", said)
        again = self.index("--max-mib", "1")
        self.assertIn(" 0 added", again)
        self.assertIn("there is no room for them in 1 MiB", again)
        size = sum(entry.stat().st_size
                   for entry in os.scandir(self.directory))
        self.assertLessEqual(size, 1 << 20)

    def test_other_things_in_the_directory(self):
        self.commit({"a.c": "int a;\n"})
        os.mkdir(self.directory)
        notes = os.path.join(self.directory, "segment-notes.txt")
        with open(notes, "w", encoding="utf-8") as file:
            file.write("mine\n")
        said = self.index(want=2)
        self.assertIn("(segment-notes.txt)", said)
        self.assertIn("directory of its own", said)
        self.assertEqual(os.listdir(self.directory), ["segment-notes.txt"])
        os.unlink(notes)
        self.index()
        with open(notes, "w", encoding="utf-8") as file:
            file.write("mine\n")
        self.index()
        self.assertTrue(os.path.exists(notes))


if __name__ == "__main__":
    unittest.main()
