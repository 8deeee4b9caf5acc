"""What b4 takes for trailers of our golden mails: nothing.

Optional: needs b4 (Debian package b4), whose parser is asked itself; without
it the test is skipped (exit status 77) and tests/review/mail_oracle.h stands
alone. Also asks b4 for a mail that has trailers, so that the test is awake.
"""

import pathlib
import subprocess
import sys

ASK = """
import json, sys
sys.path.append('/usr/lib/python3/dist-packages')
import b4
bodies = json.load(sys.stdin)
print(json.dumps([[t.name for t in
                   b4.LoreMessage.find_trailers(body, followup=True)[0]]
                  for body in bodies]))
"""


def bodies(directory):
    found = []
    for path in sorted(pathlib.Path(directory).glob("*.txt")):
        for mail in path.read_text().split("================ ")[1:]:
            found.append((path.name, mail.split("\n\n", 1)[1]))
    return found


def main():
    import json

    mails = bodies(sys.argv[1])
    awake = "Fine.\n\nReviewed-by: A Person <a@person.example>\n"
    for python in (sys.executable, "/usr/bin/python3"):
        ask = subprocess.run(
            [python, "-c", ASK],
            input=json.dumps([awake] + [body for _, body in mails]),
            capture_output=True, text=True, check=False)
        if ask.returncode == 0:
            break
    else:
        print("b4 is not installed: skipped")
        return 77
    answers = json.loads(ask.stdout)
    if answers[0] != ["Reviewed-by"]:
        print("b4 does not see a trailer where one is:", answers[0])
        return 1
    bad = [(name, got) for (name, _), got in zip(mails, answers[1:]) if got]
    for name, got in bad:
        print(f"{name}: b4 harvests {got}")
    print(f"{len(mails)} mails, {len(bad)} with trailers")
    return 1 if bad or len(mails) < 40 else 0


if __name__ == "__main__":
    sys.exit(main())
