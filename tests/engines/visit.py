"""One visit to an exhibit of the museum, in a process of its own: visit.py LIBAIGES ENGINE VISIT. Prints JSON.

Exhibits may die, hang or keep threads; only this process is to suffer. What is printed was observed; what is right is
said in test_museum.py."""

from __future__ import annotations

import ctypes
import faulthandler
import json
import os
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from engines.contract import BEGIN, ONCE, TEXT, Loader, Result, data, nodes

REQUEST = data(("text", b"four", TEXT, ONCE))
TAG = b"visitor"


def started(loader: Loader, path: str) -> dict:
    opened = loader.open(path)
    report = {"open": opened, "message": loader.last_error() if opened else ""}
    if opened == 0:
        report["init"] = loader.init()
        report["init_message"] = loader.last_error() if report["init"] else ""
    return report


def visit_open(loader, path):
    return started(loader, path)


def visit_exec(loader, path):
    report = started(loader, path)
    code, seen = loader.exec(REQUEST)
    report |= {"code": code, "text": loader.text(code), "keys": [node["key"] for node in seen]}
    report["again"] = loader.exec(REQUEST)[0]
    return report | {"close": loader.close()}


def visit_exec_nothing(loader, path):
    report = started(loader, path)
    code, seen = loader.exec(None)
    return report | {"code": code, "nodes": len(seen), "close": loader.close()}


def visit_lengths(loader, path):
    """Runs a request and looks at the length only."""
    from engines.contract import Data

    report = started(loader, path)
    response = Data()
    code = loader.c.aiges_engine_exec(loader.engine, ctypes.byref(loader.call(REQUEST)), ctypes.byref(response))
    report |= {"code": code, "len": response.contents.len if code == 0 else None}
    report["release"] = loader.c.aiges_engine_release(loader.engine, ctypes.byref(response))
    return report | {"null": not response, "close": loader.close()}


def visit_session(loader, path):
    report = started(loader, path)
    code = loader.create()
    report |= {"create": code, "text": loader.text(code), "session": bool(loader.session)}
    if loader.session:
        report["info"] = loader.c.aiges_session_debug_info(loader.session).decode()
        report["version"] = loader.c.aiges_engine_version(loader.engine).decode()
        report["destroy"] = loader.destroy()
    return report | {"close": loader.close()}


class Mailbox:
    def __init__(self):
        self.calls, self.final = [], threading.Event()
        self.take = Result(self.receive)

    def receive(self, context, response, code):
        seen = nodes(response)
        self.calls.append([code, [node["data"].decode() for node in seen]])
        if code != 0 or any(node["status"] >= 2 for node in seen):
            self.final.set()
        return 0


def visit_async(loader, path):
    report, mailbox = started(loader, path), Mailbox()
    report["code"] = loader.exec_async(REQUEST, mailbox.take, tag=TAG)
    mailbox.final.wait(60)
    time.sleep(0.1)  # nothing to wait for: what must not come
    return report | {"calls": mailbox.calls, "close": loader.close()}


def visit_stream(loader, path):
    report, mailbox = started(loader, path), Mailbox()
    report["create"] = loader.create(mailbox.take, tag=TAG)
    report["write"] = loader.write(data(("text", b"four", TEXT, BEGIN)))
    report["destroy"] = loader.destroy()
    time.sleep(0.2)
    return report | {"calls": mailbox.calls, "close": loader.close()}


def visit_forgotten(loader, path):
    """An asynchronous request that is never answered, and a close that cannot wait for it."""
    report, mailbox = started(loader, path), Mailbox()
    report["code"] = loader.exec_async(REQUEST, mailbox.take, tag=TAG)
    began = time.monotonic()
    report["close"] = loader.close(100)
    return report | {"calls": mailbox.calls, "seconds": time.monotonic() - began}


def in_thread(work) -> tuple[threading.Thread, list]:
    answer: list = []
    thread = threading.Thread(target=lambda: answer.append(work()), daemon=True)
    thread.start()
    return thread, answer


def visit_cancel(loader, path):
    report = started(loader, path)
    thread, answer = in_thread(lambda: loader.exec(REQUEST, tag=TAG))
    deadline = time.monotonic() + 60
    while (code := loader.cancel(TAG)) != 0 and time.monotonic() < deadline:
        time.sleep(0.001)
    thread.join(60)
    return report | {"cancel": code, "code": answer[0][0] if answer else None, "close": loader.close()}


def visit_close_busy(loader, path):
    report = started(loader, path)
    in_thread(lambda: loader.exec(REQUEST))
    hangs = ctypes.c_int.in_dll(ctypes.CDLL(path), "hangs")
    while not hangs.value:
        time.sleep(0.001)
    began = time.monotonic()
    report["close"] = loader.close(100)
    report |= {"seconds": time.monotonic() - began, "after": loader.exec(REQUEST)[0]}
    return report | {"text": loader.text(report["after"])}


def visit_early(loader, path):
    """A request before, during and after the start."""
    report = {"open": loader.open(path), "before": loader.exec(REQUEST)[0]}
    thread, answer = in_thread(loader.init)
    time.sleep(0.05)
    report["during"] = loader.exec(REQUEST)[0]
    thread.join(60)
    return report | {"init": answer[0], "after": loader.exec(REQUEST)[0], "close": loader.close()}


def main() -> None:
    faulthandler.dump_traceback_later(150, exit=True)
    libaiges, path, name = sys.argv[1:]
    print(json.dumps(globals()[f"visit_{name}"](Loader(libaiges), path)), flush=True)
    if name in ("close_busy", "forgotten"):
        os._exit(0)  # a thread is still inside the engine


main()
