"""Data fetched over real sockets: what comes, and every way in which it fails."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from host.origin import OriginServer, SilentServer, running

from aiges_native.host.fetch import Fetcher, FetchError, Origins

#: Longer than any test takes.
PATIENCE = 60.0
LIMIT = 1000
LOCAL = "127.0.0.1"


@pytest.fixture
def origin() -> Iterator[OriginServer]:
    server = OriginServer()
    with running(server):
        yield server


def fetched(*listed: str, url: str, seconds: float = PATIENCE, attempts: int = 1, limit: int = LIMIT) -> bytes:
    async def fetch() -> bytes:
        return await Fetcher(Origins(listed), attempts=attempts).fetch(url, seconds, limit)

    return asyncio.run(fetch())


def failed(*listed: str, **how: Any) -> tuple[int, str]:
    with pytest.raises(FetchError) as caught:
        fetched(*listed, **how)
    assert "127.0.0.1" not in caught.value.message and "0x" not in caught.value.message
    return caught.value.code, caught.value.message


# --- what comes -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/bytes/1000", "/unannounced/1000", "/chunked/1000", "/to/bytes/1000", "/to/to/bytes/1000"]
)
def test_data(path: str, origin: OriginServer) -> None:
    assert fetched(origin.url, url=origin.url + path) == b"x" * 1000
    assert set(origin.hosts) == {f"127.0.0.1:{origin.port}"}


def test_the_query_is_sent_and_the_fragment_is_not(origin: OriginServer) -> None:
    assert fetched(origin.url, url=f"{origin.url}/text/a?b=%20c#d") == b"a?b=%20c"
    assert fetched(origin.url, url=f"{origin.url}/bytes/0") == b""


@pytest.mark.parametrize(
    ("path", "code", "said"),
    [
        ("/missing", 10011, "status 404"),
        ("/status/503", 10011, "status 503"),
        ("/status/204", 10011, "status 204"),
        ("/status/302", 10011, "status 302"),
        ("/loop", 10011, "redirected more than 5 times"),
        ("/nowhere", 10011, "redirected"),
        ("/bytes/1001", 10012, "more than the 1000 bytes"),
        ("/unannounced/1001", 10012, "more than the 1000 bytes"),
        ("/chunked/1001", 10012, "more than the 1000 bytes"),
        ("/cut", 10012, "cut after 40 of 100 bytes"),
        ("/chunked/10/cut", 10012, "cut within the data"),
        ("/gzip", 10012, "compressed"),
        ("/noise", 10010, "does not answer in HTTP"),
    ],
)
def test_failures(path: str, code: int, said: str, origin: OriginServer) -> None:
    found, message = failed(origin.url, url=origin.url + path)
    assert found == code and said in message


def test_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://{LOCAL}:{taken.getsockname()[1]}"
        assert failed(url, url=url) == (10010, "the address cannot be reached: connection refused")


def test_a_name_that_nobody_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(*asked: object, **how: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    expected = (10010, "the name of the host cannot be looked up")
    assert failed("http://no.example", url="http://no.example/") == expected


def test_redirects_lead_to_listed_origins_only(origin: OriginServer) -> None:
    other = OriginServer()
    with running(other):
        origin.elsewhere = other.url
        assert failed(origin.url, url=f"{origin.url}/elsewhere/text/x")[0] == 10011
        assert not other.hits
        assert fetched(origin.url, other.url, url=f"{origin.url}/elsewhere/text/x") == b"x"
        for elsewhere in (f"http://localhost:{other.port}", f"ftp://127.0.0.1:{other.port}", "http://user@127.0.0.1"):
            origin.elsewhere = elsewhere
            assert failed(origin.url, url=f"{origin.url}/elsewhere/text/x")[0] == 10011
        origin.elsewhere = f"http://localhost:{other.port}"
        listed = (origin.url, f"http://localhost:{other.port}")
        assert failed(*listed, url=f"{origin.url}/elsewhere/text/x")[0] == 10010, "a hop is checked as the first is"
        assert sum(other.hits.values()) == 1


@pytest.mark.parametrize("path", ["/cut/2", "/flaky/500/2", "/flaky/503/2", "/flaky/429/2"])
def test_attempts(path: str, origin: OriginServer) -> None:
    assert failed(origin.url, url=origin.url + path, attempts=2)[0] in (10011, 10012)
    assert origin.hits[path] == 2
    assert fetched(origin.url, url=origin.url + path, attempts=3) == b"whole at last"
    assert origin.hits[path] == 3


@pytest.mark.parametrize("path", ["/missing", "/bytes/1001", "/gzip", "/loop"])
def test_what_would_fail_again_is_not_tried_again(path: str, origin: OriginServer) -> None:
    failed(origin.url, url=origin.url + path, attempts=5)
    assert origin.hits[path] == (6 if path == "/loop" else 1)


def test_no_attempt_is_one(origin: OriginServer) -> None:
    assert fetched(origin.url, url=f"{origin.url}/text/x", attempts=0) == b"x"


# --- its end ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/hang", "/slow"])
def test_the_deadline_ends_it(path: str, origin: OriginServer) -> None:
    began = time.monotonic()
    assert failed(origin.url, url=origin.url + path, seconds=1.5, attempts=9)[0] == 10013
    assert time.monotonic() - began >= 1.5
    assert origin.left.acquire(timeout=PATIENCE), "the connection is cut, too"
    assert origin.hits[path] == 1


def test_silence_before_http_and_within_tls_ends_at_the_deadline() -> None:
    server = SilentServer()
    with running(server):
        for scheme in ("http", "https"):
            url = f"{scheme}://127.0.0.1:{server.port}"
            assert failed(url, url=url, seconds=0.2)[0] == 10013


def test_a_deadline_that_has_passed(origin: OriginServer) -> None:
    assert failed(origin.url, url=f"{origin.url}/text/x", seconds=-1)[0] == 10013


@pytest.mark.parametrize("path", ["/hang", "/slow"])
def test_cancelling_ends_it_at_once(path: str, origin: OriginServer) -> None:
    async def cancel() -> None:
        fetcher = Fetcher(Origins([origin.url]))
        task = asyncio.ensure_future(fetcher.fetch(origin.url + path, PATIENCE, LIMIT))
        await asyncio.to_thread(origin.arrived.acquire)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(origin.left.acquire, True, PATIENCE)

    asyncio.run(cancel())


def test_the_loop_runs_while_fetches_wait_and_their_number_is_bounded(origin: OriginServer) -> None:
    async def crowd() -> None:
        fetcher = Fetcher(Origins([origin.url]), threads=2, most=4)
        waiting = [asyncio.ensure_future(fetcher.fetch(f"{origin.url}/hang/{n}", PATIENCE, LIMIT)) for n in range(4)]
        for _ in range(2):
            await asyncio.to_thread(origin.arrived.acquire)
        with pytest.raises(FetchError) as caught:
            await fetcher.fetch(f"{origin.url}/text/x", PATIENCE, LIMIT)
        assert caught.value.code == 10110
        assert sum(origin.hits.values()) == 2, "the others wait for a thread"
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        assert await fetcher.fetch(f"{origin.url}/text/x", PATIENCE, LIMIT) == b"x"

    asyncio.run(crowd())


def test_drain_ends_those_that_no_session_waits_for(origin: OriginServer) -> None:
    async def drain() -> None:
        fetcher = Fetcher(Origins([origin.url]))
        new = asyncio.ensure_future(fetcher.fetch(f"{origin.url}/hang/1", PATIENCE, LIMIT))
        old = asyncio.ensure_future(fetcher.fetch(f"{origin.url}/hang/2", PATIENCE, LIMIT, in_session=True))
        for _ in range(2):
            await asyncio.to_thread(origin.arrived.acquire)
        fetcher.drain()
        with pytest.raises(FetchError) as caught:
            await new
        assert caught.value.code == -20150 and not old.done()
        old.cancel()

    asyncio.run(drain())


def test_no_descriptor_stays(origin: OriginServer) -> None:
    paths = ["/text/x", "/missing", "/cut", "/bytes/1001", "/noise", "/loop", "/gzip"]

    async def some(fetcher: Fetcher) -> None:
        for path in paths:
            with contextlib.suppress(FetchError):
                await fetcher.fetch(origin.url + path, PATIENCE, LIMIT)
        hanging = asyncio.ensure_future(fetcher.fetch(f"{origin.url}/hang", PATIENCE, LIMIT))
        await asyncio.to_thread(origin.arrived.acquire)
        hanging.cancel()
        await asyncio.to_thread(origin.left.acquire)

    async def many() -> None:
        fetcher = Fetcher(Origins([origin.url]), threads=1)
        await some(fetcher)
        await some(fetcher)
        before = descriptors()
        for _ in range(5):
            await some(fetcher)
        end = time.monotonic() + PATIENCE
        while descriptors() > before:  # the server's side closes in its own time
            assert time.monotonic() < end
            await asyncio.sleep(0.01)

    asyncio.run(many())


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


# --- surroundings -----------------------------------------------------------------------------------------------------


def test_proxies_of_the_environment_are_not_used(origin: OriginServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, f"http://{LOCAL}:9")
        monkeypatch.setenv(name.upper(), f"http://{LOCAL}:9")
    assert fetched(origin.url, url=f"{origin.url}/text/x") == b"x"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of 127.0.0.1, signed by itself, and its key in one file."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl: it makes the certificate (Debian, Ubuntu: apt-get install openssl)")
    folder = tmp_path_factory.mktemp("tls")
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder / "key", "-out", folder / "certificate"]
    subprocess.run([*command, *names], check=True, capture_output=True)
    both = folder / "both"
    both.write_text((folder / "key").read_text() + (folder / "certificate").read_text())
    return both


def test_certificates_are_verified(certificate: Path) -> None:
    server = OriginServer(certificate)
    with running(server):
        code, message = failed(server.url, url=f"{server.url}/text/x", attempts=3)
        assert code == 10010 and "certificate" in message and not server.hits


def test_tls_with_an_authority_that_is_trusted(certificate: Path) -> None:
    """In a process of its own: what is trusted is read once."""
    server = OriginServer(certificate)
    program = (
        "import asyncio, sys\n"
        "from aiges_native.host.fetch import Fetcher, Origins\n"
        "fetch = Fetcher(Origins([sys.argv[1]])).fetch(sys.argv[1] + '/text/secret', 60, 100)\n"
        "async def main(): return await fetch\n"
        "print(asyncio.run(main()).decode())\n"
    )
    with running(server):
        command = [sys.executable, "-c", program, server.url]
        done = subprocess.run(
            command,
            env={**os.environ, "SSL_CERT_FILE": str(certificate)},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
    assert (done.stdout.strip(), done.returncode) == ("secret", 0), done.stderr
    assert server.hosts == [f"127.0.0.1:{server.port}"]
