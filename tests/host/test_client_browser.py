"""Pages in a real browser: that of examples/clients/, and the service's own."""

from __future__ import annotations

import re
import wave
from collections.abc import Iterator
from pathlib import Path

import browser
import pytest
from serving import Served, file_server, serving, unused_address

CLIENTS = Path(__file__).parents[2] / "examples" / "clients"
SETTINGS = ("--set", "drain.grace=0")

pytestmark = pytest.mark.skipif(
    browser.program() is None, reason="no browser: 'chromium' is not on PATH (Debian, Ubuntu: apt-get install chromium)"
)


@pytest.fixture(scope="module")
def served(library: Path) -> Iterator[Served]:
    with serving(*SETTINGS, "library/libecho.so", "library/pusher", cwd=library) as running:
        yield running
        assert running.stop() == 0


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Iterator[browser.Page]:
    """browser.html, from a server of its own as its README says."""
    with (
        file_server(CLIENTS) as address,
        browser.opened(f"{address}/browser.html", tmp_path_factory.mktemp("browser")) as page,
    ):
        yield page


@pytest.fixture
def page(example: browser.Page, served: Served) -> browser.Page:
    example.write("#url", f"http://{served.address}/v1/private/echo")
    return example


def answers(page: browser.Page) -> list[str]:
    """What the example shows once it is done."""
    return page.text("#answers", "(^|\n)(done|error .*|no service .*|cannot reach .*|this is .*)\n$").splitlines()


def test_ask_with_a_text(page):
    page.write("#ask-text input", "grüße")
    page.click("#ask-text button")
    assert answers(page) == ["data: grüße", "done"]


def test_ask_with_a_file(page, tmp_path):
    (tmp_path / "picture.png").write_bytes(bytes(300_000))
    page.choose_file("#ask-file input", tmp_path / "picture.png")
    page.click("#ask-file button")
    assert answers(page) == ["data: image, 300000 bytes", "done"]


def test_stream_words(page):
    page.write("#stream-words input", "one two three")
    page.click("#stream-words button")
    assert answers(page)[-4:] == ["data (0): one", "data (1): two", "data (2): three", "done"]


def test_stream_a_file(page, tmp_path):
    with wave.open(str(tmp_path / "sound.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(4000))
    page.choose_file("#stream-file input", tmp_path / "sound.wav")
    page.click("#stream-file button")
    expected = ["audio (0): audio, 1600 bytes", "audio (1): audio, 1600 bytes", "audio (2): audio, 800 bytes", "done"]
    assert answers(page)[-4:] == expected
    (tmp_path / "text.wav").write_text("no sound at all")
    page.choose_file("#stream-file input", tmp_path / "text.wav")
    page.click("#stream-file button")
    assert answers(page) == ["this is no WAV file"]


def test_stream_the_microphone_until_it_is_stopped(page):
    page.click("#stream-microphone button")
    page.text("#answers", r"audio \(1\): audio, \d+ bytes\n")
    page.click("#stop")
    lines = answers(page)
    assert lines[-1] == "done" and re.fullmatch(r"audio \(2\): audio, \d+ bytes", lines[-2])
    assert page.evaluate("document.getElementById('stop').disabled")


def test_errors_are_shown(page, served):
    page.write("#url", f"http://{served.address}/v1/private/none")
    page.click("#ask-text button")
    assert answers(page)[0].startswith("error 10008: ")
    page.click("#stream-words button")
    assert answers(page)[0].startswith("no service at ")
    page.write("#url", f"http://{served.address}/v1/private/pusher")
    page.write("#stream-words input", "raise it")
    page.click("#stream-words button")
    assert re.fullmatch(r"error 10907: .*, closed with 1011 code=10907", answers(page)[-1])
    page.write("#url", f"http://{unused_address()}/v1/private/echo")
    page.click("#ask-text button")
    assert answers(page)[0].startswith("cannot reach ")


def test_the_page_of_the_service(served, tmp_path):
    form = "form[action$=echo]"
    with browser.opened(f"http://{served.address}/", tmp_path) as page:
        page.click(f"{form} button")
        assert '"text": "hello"' in page.text(f"{form} pre", "^HTTP 200, ")

        frame = '{"payload": {"data": {"text": "aGVsbG8=", "status": %d}}}'
        for status in (0, 1, 2):  # the first opens the stream; each is answered before the next
            page.write(f"{form} textarea", frame % status)
            page.click(f"{form} [type=button]")
            page.text(f"{form} pre", f'"status":"{status}"')
        shown = page.text(f"{form} pre", "closed").splitlines()
        assert shown.count("frame sent") == 3 and shown[-1] == "closed 1000 "

        page.write(f"{form} textarea", "{")
        page.click(f"{form} [type=button]")
        shown = page.text(f"{form} pre", "closed").splitlines()
        assert '"code":10000' in shown[1] and shown[2] == "closed 1007 code=10000"
