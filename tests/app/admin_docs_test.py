"""The settings that docs/admin.md shows: each is taken by check-config, with the
README's configuration around it."""

import os
import re
import subprocess
import tempfile
import unittest

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")


def blocks(name):
    with open(os.path.join(ROOT, name), encoding="utf-8") as file:
        text = file.read()
    # In the README they stand in a list, indented.
    return [re.sub(r"(?m)^   ", "", block) if indent else block
            for indent, block in re.findall(
                r"(?ms)^( *)```toml\n(.*?)^ *```$", text)]


class AdminDocsTest(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="patchmilter-docs-")
        self.addCleanup(scratch.cleanup)
        self.directory = scratch.name
        with open(os.path.join(self.directory, "model-key"), "w",
                  encoding="ascii") as file:
            file.write("a-key-for-the-test\n")
        os.chmod(file.name, 0o600)

    def check(self, text, **environment):
        path = os.path.join(self.directory, "patchmilter.toml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return subprocess.run(
            [os.environ["PATCHMILTER"], "check-config", path],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            check=False, timeout=60,
            env={**os.environ,
                 **(environment or
                    {"CREDENTIALS_DIRECTORY": self.directory})})

    def site(self):
        """The README's, without its tree, which is not here."""
        text = blocks("README.md")[0]
        text = re.sub(r"(?s)\[\[tree\]\].*?(?=\[\[list\]\])", "", text)
        return text.replace('trees = ["linux"]\n', "")

    def test_the_readmes_configuration_is_good(self):
        done = self.check(self.site())
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_outside_its_unit_a_credential_is_not_missed(self):
        section, model = blocks("docs/admin.md")[0].split("[[model]]")
        self.assertIn("credential:", model)
        text = section + "[[model]]" + model + self.site()
        done = self.check(text, CREDENTIALS_DIRECTORY="")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("was not looked at", done.stdout)
        # In the unit, it must be there.
        done = self.check(text, CREDENTIALS_DIRECTORY="/nonexistent")
        self.assertEqual(done.returncode, 2, done.stdout)
        self.assertNotIn("was not looked at", done.stdout)

    def test_each_model_that_the_admin_page_shows_is_taken(self):
        first, *others = blocks("docs/admin.md")
        section, model = first.split("[[model]]")
        self.assertGreaterEqual(len(others), 4)
        apis = set()
        for block in ["[[model]]" + model, *others]:
            with self.subTest(block=block):
                done = self.check(section + block + self.site())
                self.assertEqual(done.returncode, 0, done.stdout)
                apis.add(re.search(r'api = "(\w+)"', block)[1])
        self.assertEqual(apis, {"anthropic", "responses", "chat", "gemini"})

    def test_a_fault_would_be_seen(self):
        section, model = blocks("docs/admin.md")[0].split("[[model]]")
        done = self.check(section + "[[model]]" + model.replace(
            "price_input", "price_imput") + self.site())
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("price_imput", done.stdout)


if __name__ == "__main__":
    unittest.main()
