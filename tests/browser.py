"""A headless browser for the tests: Chromium, driven over its DevTools protocol."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import re
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

PROGRAMS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
#: The microphone is one that beeps; nobody is asked whether the page may hear it.
FLAGS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"),
    *("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"),
    *("--autoplay-policy=no-user-gesture-required", "--no-proxy-server", "--remote-debugging-port=0"),
)


def program() -> str | None:
    """The browser of this machine, if it has one that is known here."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


class Page:
    """An open page."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._numbers = itertools.count(1)

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """The result of a command of the protocol."""
        number = next(self._numbers)
        self._connection.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            message = json.loads(self._connection.recv(timeout=60))
            if message.get("id") == number:
                assert "error" not in message, message
                return message["result"]

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression, awaited if it is a promise."""
        asked = {"awaitPromise": True, "returnByValue": True, "userGesture": True}
        result = self.ask("Runtime.evaluate", expression=expression, **asked)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def click(self, selector: str) -> None:
        self.evaluate(f"document.querySelector({json.dumps(selector)}).click()")

    def write(self, selector: str, value: str) -> None:
        self.evaluate(f"document.querySelector({json.dumps(selector)}).value = {json.dumps(value)}")

    def choose_file(self, selector: str, path: Path) -> None:
        root = self.ask("DOM.getDocument")["root"]["nodeId"]
        node = self.ask("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.ask("DOM.setFileInputFiles", nodeId=node, files=[str(path)])

    def text(self, selector: str, until: str) -> str:
        """The text of an element, as soon as ``until``, a regular expression of JavaScript, is found in it."""
        promise = f"""new Promise(resolve => {{
            const element = document.querySelector({json.dumps(selector)}), wanted = new RegExp({json.dumps(until)});
            const look = () => wanted.test(element.textContent) && resolve(element.textContent);
            new MutationObserver(look).observe(element, {{childList: true, characterData: true, subtree: true}});
            look();
        }})"""
        return str(self.evaluate(promise))


@contextlib.contextmanager
def opened(url: str, folder: Path) -> Iterator[Page]:
    """A page in a browser of its own, whose files lie in ``folder``; loaded, its scripts run."""
    command = [str(program()), *FLAGS, f"--user-data-dir={folder}", "about:blank"]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        address = _address(process)
        with connect(address, max_size=None) as browser:
            target = Page(browser).ask("Target.createTarget", url="about:blank")["targetId"]
            at = f"{address.partition('/devtools/')[0]}/devtools/page/{target}"
            with connect(at, max_size=None) as connection:
                page = Page(connection)
                page.ask("Page.enable")
                page.ask("Page.navigate", url=url)
                while json.loads(connection.recv(timeout=60)).get("method") != "Page.loadEventFired":
                    pass
                yield page
    finally:
        os.killpg(process.pid, signal.SIGKILL)  # it has many processes
        process.wait()


def _address(process: subprocess.Popen[str]) -> str:
    """Where the protocol is spoken, as the browser says when it has started."""
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line)
        if found := re.search(r"DevTools listening on (ws://\S+)", line):
            threading.Thread(target=process.stderr.read, daemon=True).start()  # so that it never waits to be read
            return found[1]
    raise AssertionError(f"the browser did not start: {''.join(said)}")
