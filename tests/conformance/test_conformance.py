"""One suite over [C echo, Python echo] x [C host, Python host]: same bytes, codes and call order.

A script is a list of steps. Each host plays it and writes down what it saw, in the same words; what must be seen stands
beside the script. The words are explained in driver/script.c.
"""

from __future__ import annotations

import subprocess
import threading
from pathlib import Path

import pytest

import aiges_native
from aiges_native.errors import AigesError

ROOT = Path(__file__).parents[2]

#: Name -> steps, each with what a host sees.
SCRIPTS = {
    "once": """
        exec n:a:0:3:6f6e65                              > exec 0 a:0:3:6f6e65
        exec t:tag p:sid:s1 n:a:1:0:00ff n:b:9:2: n:a:3:1:62 > exec 0 a:1:3:00ff b:9:3: a:3:3:62
        exec p:echo.upper:1 n:text:0:3:6162c3a4          > exec 0 text:0:3:4142c3a4
        exec n:a:0:3:61 d:rate:16000 d:empty:            > exec 0 a:0:3:61 rate=16000 empty=
        exec n::0:3:61                                   > exec 0 :0:3:61
        exec n:%c3%a4:0:3:61                             > exec 0 ä:0:3:61
    """,
    "codes": """
        exec                                             > exec 4001
        exec p:echo.fail:815 n:a:0:3:61                  > exec 815
        exec p:echo.fail:-1 n:a:0:3:61                   > exec -1
        exec p:echo.fail:x n:a:0:3:61                    > exec 4002
        exec p:echo.sleep_ms:600000 p:aiges.deadline_ms:20 n:a:0:3:61 > exec -20007
        error e:4001                                     > error SAME
        error e:4002                                     > error SAME
        error e:-20001                                   > error ANY
        error e:-20007                                   > error ANY
        exec n:a:0:3:61                                  > exec 0 a:0:3:61
    """,
    "async": """
        async t:tag1 n:a:0:3:6f6e65                      > async 0
        wait s:1                                         >   callback tag1 0 a:0:3:6f6e65
        async t:tag2 p:echo.fail:77 n:a:0:3:61           > async 77
        async t:tag3 p:echo.sleep_ms:30 n:a:1:0:61 n:b:1:1: > async 0
        wait s:1                                         >   callback tag3 0 a:1:3:61 b:1:3:
        async t:tag4 p:echo.sleep_ms:600000 p:aiges.deadline_ms:20 n:a:0:3:61 > async 0
        wait s:1                                         >   callback tag4 -20007
    """,
    "reads": """
        create s:1 t:tag p:sid:s1                        > create 0
        read s:1                                         > read 0
        write s:1 n:a:0:0:6f6e65                         > write 0
        write s:1 n:a:0:1:74776f n:b:1:1:                > write 0
        read s:1                                         > read 0 a:0:0:6f6e65
        read s:1                                         > read 0 a:0:1:74776f b:1:1:
        read s:1                                         > read 0
        create s:2 p:echo.upper:1                        > create 0
        write s:2 n:a:0:0:61 d:k:v                       > write 0
        write s:1 n:a:0:2:656e64                         > write 0
        read s:2                                         > read 0 a:0:0:41 k=v
        read s:1                                         > read 0 a:0:2:656e64
        destroy s:1                                      > destroy 0
        destroy s:2                                      > destroy 0
        create s:1 p:echo.fail:99                        > create 99
    """,
    "callbacks": """
        create s:1 t:tag1 c                              > create 0
        create s:2 t:tag2 c                              > create 0
        write s:1 n:a:0:0:6f6e65                         > write 0
        wait s:1                                         >   callback tag1 0 a:0:0:6f6e65
        write s:2 n:a:0:1:74776f n:b:2:1:62              > write 0
        wait s:1                                         >   callback tag2 0 a:0:1:74776f b:2:1:62
        write s:1 n:a:0:2:656e64                         > write 0
        wait s:1                                         >   callback tag1 0 a:0:2:656e64
        write s:1 n:a:0:2:656e64                         > write 4003
        destroy s:1                                      > destroy 0
        write s:2 n:a:0:3:78                             > write 0
        wait s:1                                         >   callback tag2 0 a:0:3:78
        destroy s:2                                      > destroy 0
    """,
    "resources": """
        exec i:7 n:a:0:3:61                              > exec 4004
        unload i:7                                       > unload -20012
        load i:7 n:res:4:2:7265736f                      > load 0
        exec i:7 n:a:0:3:61                              > exec 0 a:0:3:61 resource:0:3:7265736f
        load i:7 n:res:4:2:6e6577                        > load 0
        exec i:7 n:a:0:3:61                              > exec 0 a:0:3:61 resource:0:3:6e6577
        create s:1 i:8                                   > create 4004
        unload i:7                                       > unload 0
        exec i:7 n:a:0:3:61                              > exec 4004
        load i:7                                         > load -20003
    """,
}


def steps_of(name: str) -> tuple[list[str], list[str]]:
    """Lines to play, and lines that must be seen."""
    steps, seen = [], []
    for line in SCRIPTS[name].strip().splitlines():
        step, _, result = line.partition(" > ")
        steps.append(step.strip().replace("%c3%a4", "ä"))
        seen.append(result.rstrip())
    return steps, seen


class PythonHost:
    """Plays a script through ``aiges_native.open``."""

    def __init__(self, path: str):
        self.engine = aiges_native.open(path, {"log.level": "error"})
        self.sessions: dict[int, object] = {}
        self.lines: list[str] = []
        self.came: list[str] = []
        self.arrived = threading.Condition()

    def arguments(self, words: list[str]) -> dict:
        found = {"params": {}, "nodes": [], "tag": None, "id": 0, "session": 0, "code": 0, "callback": False}
        for word in words:
            kind, _, text = word.partition(":")
            if kind == "p":
                key, _, value = text.partition(":")
                found["params"][key] = value
            elif kind == "n":
                key, type_, status, data = text.split(":")
                found["nodes"].append(aiges_native.DataListNode(key, bytes.fromhex(data), int(type_), int(status)))
            elif kind == "d":
                key, _, value = text.partition(":")
                found["nodes"][-1].desc[key] = value
            else:
                name = {"t": "tag", "i": "id", "s": "session", "e": "code", "c": "callback"}[kind]
                found[name] = True if kind == "c" else text if kind == "t" else int(text)
        return found

    def receiver(self, tag):
        def receive(value):
            code = value.code if isinstance(value, AigesError) else 0
            with self.arrived:
                self.came.append(f"  callback {tag} {code}{'' if code else shown(value)}")
                self.arrived.notify()

        return receive

    def play(self, line: str) -> None:
        verb, *words = line.split()
        step = self.arguments(words)
        if verb == "wait":
            with self.arrived:
                assert self.arrived.wait_for(lambda: len(self.came) >= step["session"], 60)
                self.lines += self.came
                self.came.clear()
        elif verb == "error":
            self.lines.append(f"error {self.engine.error(step['code'])}")
        else:
            try:
                result = self.call(verb, step)
                self.lines.append(f"{verb} 0{shown(result) if result is not None else ''}")
            except AigesError as error:
                self.lines.append(f"{verb} {error.code}")

    def call(self, verb: str, step: dict):
        ids = [step["id"]] if step["id"] else None
        common = {"params": step["params"], "usr_tag": step["tag"], "psr_ids": ids}
        session = self.sessions.get(step["session"])
        if verb == "exec":
            return self.engine.exec(step["nodes"], **common)
        if verb == "async":
            return self.engine.exec_async(step["nodes"], on_result=self.receiver(step["tag"]), **common)
        if verb == "load":
            return self.engine.load_resource(step["id"], step["nodes"])
        if verb == "unload":
            return self.engine.unload_resource(step["id"])
        if verb == "create":
            on_result = self.receiver(step["tag"]) if step["callback"] else None
            self.sessions[step["session"]] = self.engine.create(on_result=on_result, **common)
            return None
        if verb == "write":
            return session.write(step["nodes"])
        if verb == "read":
            return session.read()
        return session.close()


def shown(result) -> str:
    text = ""
    for node in result:
        text += f" {node.key}:{node.type}:{node.status}:{node.data.hex()}"
        text += "".join(f" {key}={value}" for key, value in node.desc.items())
    return text


def python_host(path: Path, steps: list[str]) -> list[str]:
    host = PythonHost(str(path))
    try:
        for step in steps:
            host.play(step)
    finally:
        host.engine.close()
    return host.lines


@pytest.fixture(params=["C echo", "Python echo"])
def echo(request, c_echo) -> Path:
    return c_echo if request.param == "C echo" else ROOT / "library/echo_py/wrapper.py"


@pytest.fixture(params=["C host", "Python host"])
def play(request, echo, driver, libwrapper, host_environment, tmp_path):
    """play(steps) -> what the host saw."""

    def on_driver(steps: list[str]) -> list[str]:
        python = echo.suffix == ".py"
        line = [driver, libwrapper if python else echo, "script", "log.level=error"]
        line += [f"wrapper.file={echo}"] if python else []
        done = subprocess.run(
            line,
            input="\n".join(steps) + "\n",
            capture_output=True,
            encoding="utf-8",
            cwd=tmp_path,
            env=host_environment,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    return on_driver if request.param == "C host" else lambda steps: python_host(echo, steps)


TEXTS: dict[str, str] = {}  # the texts of the first engine and host; the others say the same


@pytest.mark.parametrize("name", SCRIPTS)
def test_every_host_sees_the_same_of_every_engine(play, name):
    steps, expected = steps_of(name)
    seen = play(steps)
    for number, (step, line) in enumerate(zip(steps, seen, strict=True)):
        if expected[number] in ("error SAME", "error ANY"):
            assert len(line) > len("error ")
            if expected[number] == "error SAME":
                assert line == TEXTS.setdefault(step, line)
            expected[number] = line
    assert seen == expected


def test_a_libwrapper_with_an_engine_in_front_is_that_engine(driver, libwrapper, c_echo, host_environment, tmp_path):
    steps, expected = steps_of("reads")
    done = subprocess.run(
        [driver, libwrapper, "script", f"engine={c_echo}"],
        input="\n".join(steps) + "\n",
        capture_output=True,
        encoding="utf-8",
        cwd=tmp_path,
        env=host_environment,
        timeout=60,
    )
    assert (done.returncode, done.stdout.splitlines()) == (0, expected), done.stderr
