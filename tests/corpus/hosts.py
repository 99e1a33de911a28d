"""The hosts that play scenarios: a C program around ``libwrapper.so``, and Python around an open engine."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import aiges_native
from aiges_native import AigesError, DataListNode, Engine, paths
from aiges_native._native.faults import LoadFault
from corpus import scenario as words
from corpus.scenario import Failure, Item, Scenario, Step

PATIENCE = 60.0


def seen_by_c_host(
    program: Path, wrapper: Path, scenario: Scenario, environment: dict[str, str], cwd: Path
) -> list[Any]:
    """What the C host saw: the start's outcome, one entry for each step, the end's outcome, and strays."""
    config = {"log.level": "off", "wrapper.file": str(wrapper), **scenario.config}
    lines = [" ".join(["init", *words.param_words(config)])]
    if scenario.init is None:
        lines += [" ".join([step.verb, *step.words()]) for step in scenario.steps] + ["fini"]
    seen = cwd / "seen"
    done = subprocess.run(
        [program, paths.lib_dir() / "libwrapper.so", seen],
        input="\n".join(lines),
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**os.environ, "AIGES_PYTHON": sys.executable, **environment, **scenario.environment},
        timeout=180,
    )
    told = seen.read_text(encoding="ascii")
    assert done.returncode == 0, f"the C host ended with {done.returncode}:\n{told[-2000:]}\n{done.stderr[-3000:]}"
    return _of_lines(told.splitlines(), scenario)


def _of_lines(lines: list[str], scenario: Scenario) -> list[Any]:
    left = iter(lines)
    seen: list[Any] = [_outcome_of(next(left))]
    if scenario.init is None:
        for step in scenario.steps:
            if isinstance(step, words.Results):
                seen.append([_outcome_of(next(left)) for _ in step.gives])
            elif isinstance(step, words.Meters):
                seen.append([_pair(word) for word in next(left).split()[1:]])
            else:
                seen.append(_outcome_of(next(left)))
        seen.append(_outcome_of(next(left)))
    return seen + list(left)


def _outcome_of(line: str) -> Any:
    verb, code, *rest = line.split(" ")
    if verb in ("missing", "stray"):
        return line
    if int(code):
        return Failure(int(code), _text(rest[0][1:]))
    return tuple(_item(word) for word in rest)


def _text(quoted: str) -> str:
    return unquote_to_bytes(quoted).decode("utf-8", "surrogateescape")


def _pair(word: str) -> tuple[str, str]:
    key, _, value = word.partition("=")
    return _text(key), _text(value)


def _item(word: str) -> Item:
    key, kind, status, data, *desc = word.split(":")
    return Item(_text(key), unquote_to_bytes(data), int(kind), int(status), tuple(map(_pair, desc)))


def items_of(result: Any) -> tuple[Item, ...]:
    """The items of a :class:`aiges_native.Result`."""
    return tuple(Item(node.key, node.data, node.type, node.status, tuple(node.desc.items())) for node in result)


def failure_of(error: AigesError | MemoryError) -> Failure:
    return Failure(getattr(error, "code", -20005), getattr(error, "text", str(error)))


class EnginePlayer:
    """Plays steps on an open engine, as a host in Python does."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._sessions: dict[int, Any] = {}
        self._inboxes: dict[str, queue.SimpleQueue[Any]] = {}
        self._meters: list[tuple[str, str]] = []
        self._traces: list[tuple[str, str]] = []
        engine.set_meter(lambda tag, key, count: self._meters.append((key, str(count))))
        engine.set_trace(lambda tag, key, value: self._traces.append((key, value)))

    def play(self, step: Step) -> Any:
        try:
            return getattr(self, step.verb)(step)
        except (AigesError, MemoryError) as error:
            return failure_of(error)

    def strays(self) -> list[Any]:
        """Results that no step asked for."""
        found = []
        for inbox in self._inboxes.values():
            while not inbox.empty():
                found.append(_result(inbox.get()))
        return found

    def exec(self, step: words.Exec) -> Any:
        result = self.engine.exec(nodes_of(step.data), step.params, usr_tag=step.tag, psr_ids=list(step.ids) or None)
        return items_of(result)

    def crowd(self, step: words.Crowd) -> Any:
        found: list[Any] = []

        def member() -> None:
            for _ in range(25):
                try:
                    found.append(self.exec(step))
                except (AigesError, MemoryError) as error:
                    found.append(failure_of(error))

        threads = [threading.Thread(target=member) for _ in range(step.threads)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return found[0] if len(set(found)) == 1 else set(found)

    def async_(self, step: words.Async) -> Any:
        put = self._inbox(step.tag).put
        self.engine.exec_async(
            nodes_of(step.data), step.params, usr_tag=step.tag, psr_ids=list(step.ids) or None, on_result=put
        )
        return ()

    def create(self, step: words.Create) -> Any:
        self._sessions.pop(step.name, None)
        put = self._inbox(step.tag).put if step.calls_back else None
        ids = list(step.ids) or None
        self._sessions[step.name] = self.engine.create(step.params, usr_tag=step.tag, psr_ids=ids, on_result=put)
        return ()

    def write(self, step: words.Write) -> Any:
        self._sessions[step.name].write(nodes_of(step.data))
        return ()

    def read(self, step: words.Read) -> Any:
        return items_of(self._sessions[step.name].read())

    def fetch(self, step: words.Fetch) -> Any:
        items: list[Item] = []
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            result = self._sessions[step.name].read()
            items += items_of(result)
            if len(result) and result.final:
                break
            time.sleep(0.001)
        return tuple(items)

    def destroy(self, step: words.Destroy) -> Any:
        self._sessions[step.name].close()
        return ()

    def cancel(self, step: words.Cancel) -> Any:
        self._sessions[step.name].cancel()
        return ()

    def load(self, step: words.Load) -> Any:
        self.engine.load_resource(step.id, nodes_of(step.data))
        return ()

    def unload(self, step: words.Unload) -> Any:
        self.engine.unload_resource(step.id)
        return ()

    def results(self, step: words.Results) -> Any:
        inbox, found = self._inbox(step.tag), []
        for missing in range(len(step.gives), 0, -1):
            try:
                found.append(_result(inbox.get(timeout=PATIENCE)))
            except queue.Empty:
                return [*found, f"missing {missing}"]
        return found

    def error(self, step: words.Error) -> Any:
        return Failure(step.code, self.engine.error(step.code))

    def meters(self, step: words.Meters) -> Any:
        found, self._meters[:] = list(self._meters), []
        return found

    def traces(self, step: words.Traces) -> Any:
        found, self._traces[:] = list(self._traces), []
        return found

    def _inbox(self, tag: str | None) -> queue.SimpleQueue[Any]:
        return self._inboxes.setdefault(tag or "", queue.SimpleQueue())


setattr(EnginePlayer, "async", EnginePlayer.async_)


def nodes_of(items: list[Item]) -> list[DataListNode]:
    nodes = []
    for item in items:
        node = DataListNode(item.key, item.data, item.type, item.status)
        node.desc = dict(item.desc)
        nodes.append(node)
    return nodes


def _result(value: Any) -> Any:
    return failure_of(value) if isinstance(value, (AigesError, MemoryError)) else items_of(value)


def seen_by_python_host(opened: Any, scenario: Scenario) -> list[Any]:
    """As :func:`seen_by_c_host`. ``opened()`` gives the engine."""
    try:
        engine = opened()
    except (AigesError, LoadFault) as error:
        return [Failure(error.code, str(error))]
    player = EnginePlayer(engine)
    seen: list[Any] = [()]
    try:
        seen += [player.play(step) for step in scenario.steps]
    except BaseException:
        player._sessions.clear()
        raise
    for session in player._sessions.values():
        if not session.closed:
            session.close()
    try:
        engine.close(5.0)
        seen.append(())
    except AigesError as error:
        seen.append(failure_of(error))
    return seen + player.strays()


def open_engine(wrapper: Path, scenario: Scenario) -> Engine:
    return aiges_native.open(wrapper, {"log.level": "off", **scenario.config})
