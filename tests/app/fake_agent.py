"""An agent for tests: a program that reviews with the tools it is given, or
misbehaves as its first argument says. Its second is the file of {mcp_config}."""

import json
import os
import signal
import socket
import subprocess
import sys
import time


class Tools:
    """A conversation over the bridge, as an agent's MCP client has it."""

    def __init__(self, config):
        with open(config, encoding="utf-8") as file:
            server = json.load(file)["mcpServers"]["patchmilter"]
        self.server = server
        self.bridge = subprocess.Popen(
            [server["command"], *server["args"]], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.number = 0

    def send(self, line):
        self.bridge.stdin.write(line + b"\n")
        self.bridge.stdin.flush()

    def receive(self):
        line = self.bridge.stdout.readline()
        return json.loads(line) if line else None

    def ask(self, method, **params):
        self.number += 1
        self.send(json.dumps({"jsonrpc": "2.0", "id": self.number,
                              "method": method, "params": params}).encode())
        answer = self.receive()
        if answer is None:
            return None
        return answer.get("result", answer.get("error"))

    def call(self, name, **arguments):
        return self.ask("tools/call", name=name, arguments=arguments)

    def close(self):
        self.bridge.stdin.close()
        return self.bridge.wait()


def socket_and_token(config):
    with open(config, encoding="utf-8") as file:
        arguments = json.load(file)["mcpServers"]["patchmilter"]["args"]
    with open(arguments[arguments.index("--token-file") + 1],
              encoding="utf-8") as file:
        token = file.read()
    return arguments[arguments.index("--connect") + 1], token


def greet(path, greeting):
    """What the door says to a greeting, and the open connection."""
    door = socket.socket(socket.AF_UNIX)
    door.connect(path)
    door.sendall(greeting + b"\n")
    return door, door.makefile("rb").readline()


def good(config):
    tools = Tools(config)
    prompt = sys.stdin.read()
    tools.ask("initialize", protocolVersion="2025-11-25", capabilities={},
              clientInfo={"name": "fake", "version": "1"})
    names = [tool["name"] for tool in tools.ask("tools/list")["tools"]]
    patch = tools.call("show_patch", number=1)
    tools.call("report_finding", prompt=prompt, names=names,
               patch=patch["content"][0]["text"])
    tools.call("finish_review")
    tools.close()
    print(json.dumps({"type": "system", "subtype": "init"}))
    print(json.dumps({
        "type": "result", "subtype": "success", "is_error": False,
        "num_turns": 7, "total_cost_usd": 0.25, "result": "never mailed",
        "usage": {"input_tokens": 10, "cache_read_input_tokens": 1000,
                  "cache_creation_input_tokens": 100, "output_tokens": 50},
        "modelUsage": {"small": {"outputTokens": 1},
                       "large": {"outputTokens": 49}}}))


def surroundings(config):
    """Tells all that it can see."""
    descriptors = []
    for name in os.listdir("/proc/self/fd"):
        try:
            os.fstat(int(name))
        except OSError:
            continue
        descriptors.append(int(name))
    home = os.environ["HOME"]
    files = {}
    for directory, _, names in os.walk(home):
        for name in names:
            path = os.path.join(directory, name)
            with open(path, encoding="utf-8") as file:
                files[os.path.relpath(path, home)] = [
                    oct(os.stat(path).st_mode & 0o7777), file.read()]
    with open("/proc/self/status", encoding="utf-8") as file:
        status = dict(line.rstrip("\n").split(":\t", 1)
                      for line in file if ":\t" in line)
    with open("/proc/self/limits", encoding="utf-8") as file:
        core = [line.split()[4:6] for line in file
                if line.startswith("Max core")]
    above = os.path.dirname(home)
    tools = Tools(config)
    tools.call("report_finding", environment=dict(os.environ),
               descriptors=sorted(descriptors), work=os.listdir("."),
               at=os.getcwd(), home=files, tmp=os.listdir(os.environ["TMPDIR"]),
               above=sorted(os.listdir(above)),
               mode=oct(os.stat(above).st_mode & 0o7777),
               session=os.getsid(0) == os.getpid(),
               privileges=status["NoNewPrivs"], core=core[0],
               ignored=int(status["SigIgn"], 16) & 0x7fffffff & ~(
                   1 << (signal.SIGPIPE - 1) | 1 << (signal.SIGXFSZ - 1)),
               blocked=int(status["SigBlk"], 16),
               arguments=sys.argv[3:])
    tools.call("finish_review")
    tools.close()


def orphans(config):
    """Leaves processes behind: deaf ones, and some that have run away."""
    for runs_away in (False, True, True):
        if os.fork() == 0:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
            if runs_away:
                os.setsid()
                if os.fork() != 0:
                    os._exit(0)
                os.setsid()
                if os.fork() != 0:
                    time.sleep(1000)
            time.sleep(1000)
    finish(config)


def finish(config):
    tools = Tools(config)
    tools.call("finish_review")
    tools.close()


def litter(config):
    """Leaves files behind that are hard to remove."""
    target = sys.argv[3]
    os.symlink(target, "link")
    os.symlink(target, os.path.join(os.environ["HOME"], "link"))
    os.makedirs("locked/inner")
    with open("locked/inner/file", "w", encoding="utf-8") as file:
        file.write("x")
    os.symlink(target, "locked/inner/link")
    os.chmod("locked/inner", 0)
    os.chmod("locked", 0o400)
    os.mkfifo("fifo")
    top = os.getcwd()
    for _ in range(3000):
        os.mkdir("d")
        os.chdir("d")
    os.chdir(top)
    finish(config)


def flood(_, stream=None):
    block = b"y" * 65535 + b"\n"
    while True:
        os.write(1 if stream is None else stream, block)


def flood_errors(config):
    flood(config, 2)


def hang(config):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    Tools(config).call("show_patch")
    time.sleep(1000)


def hang_at_the_end(config):
    Tools(config).call("finish_review")
    time.sleep(1000)


def killed(config):
    Tools(config).call("show_patch")
    os.kill(os.getpid(), signal.SIGKILL)


def failed(config):
    print("the key is " + open(os.path.join(os.environ["HOME"], "key"),
                               encoding="utf-8").read(), file=sys.stderr)
    Tools(config).call("show_patch")
    sys.exit(3)


def silent(config):
    Tools(config).call("show_patch")


def garbage(config):
    tools = Tools(config)
    deep = b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":' + \
        b'{"a":' * 150000 + b"1" + b"}" * 150000 + b"}"
    for line in (b"\xff\x00{", b"[" * 100000, b"{}", b"7", deep,
                 b'{"jsonrpc":"2.0","id":1,"method":"no/such"}',
                 b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":'
                 b'{"name":"no_such_tool"}}', b"x" * (2 << 20)):
        tools.send(line)
        assert "error" in tools.receive(), line[:40]
    tools.call("finish_review")
    tools.close()


def deaf(config):
    """Asks, and does not read the answers."""
    path, token = socket_and_token(config)
    door, answer = greet(path, json.dumps(
        {"patchmilter": 1, "token": token}).encode())
    assert json.loads(answer)["ok"]
    door.setblocking(False)
    line = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call",
                       "params": {"name": "show_patch"}}).encode() + b"\n"
    try:
        for _ in range(100000):
            door.sendall(line)
    except BlockingIOError:
        pass
    finish(config)


def comes_again(config):
    first, second = Tools(config), Tools(config)
    first.call("report_finding", who="first")
    second.call("report_finding", who="second")
    first.close()
    third = Tools(config)
    third.call("report_finding", who="third")
    # As many as like, at most eight at once: the ninth waits for a place.
    many = [Tools(config) for _ in range(12)]
    for one in many:
        one.bridge.stdin.close()
    for one in many:
        one.bridge.wait()
    third.call("finish_review")


def wrong_token(config):
    path, token = socket_and_token(config)
    call = b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":' \
           b'{"name":"report_finding"}}'
    for greeting in (b'{"patchmilter": 1, "token": "' + b"0" * 64 + b'"}',
                     b'{"patchmilter": 1}', b'{"patchmilter": 1, "token": 7}',
                     json.dumps({"patchmilter": 2, "token": token}).encode(),
                     b"", b"GET / HTTP/1.1", b"[" * 5000, call):
        door, answer = greet(path, greeting + b"\n" + call)
        assert "begins with" in json.loads(answer)["error"], answer
        assert door.recv(1) == b""
    server = Tools(config).server
    wrong = os.path.join(os.environ["TMPDIR"], "token")
    with open(wrong, "w", encoding="utf-8") as file:
        file.write("0" * 64)
    bridge = subprocess.run(
        [server["command"], *server["args"][:-1], wrong],
        stdin=subprocess.DEVNULL, capture_output=True, check=False)
    assert bridge.returncode == 2 and b"token" in bridge.stderr, bridge
    finish(config)


def talks_on(config):
    tools = Tools(config)
    tools.call("finish_review")
    late = tools.call("report_finding")
    assert late["isError"] and "over" in late["content"][0]["text"], late
    assert Tools(config).call("show_patch")["isError"]
    print("nothing", "more")


def endless(config):
    """Asks until nobody answers."""
    tools = Tools(config)
    texts = []
    while True:
        answer = tools.call("show_patch")
        if answer is None:
            time.sleep(1000)
        texts.append(len(answer["content"]))
        if len(texts) <= 8:
            tools.call("report_finding", blocks=texts[-1],
                       last=answer["content"][-1]["text"])


def restless(config):
    tools = Tools(config)
    pings = b"\n".join([b'{"jsonrpc":"2.0","id":1,"method":"ping"}'] * 500)
    try:
        while True:
            tools.send(pings)
            if not all(tools.receive() for _ in range(500)):
                break
    except BrokenPipeError:
        pass
    time.sleep(1000)


if __name__ == "__main__":
    globals()[sys.argv[1]](sys.argv[2])
