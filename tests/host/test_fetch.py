"""Data fetched from listed origins: which may be, from which addresses, and every way in which it fails."""

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
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from host.origin import OriginServer, SilentServer, running

from aiges_native.host.fetch import Fetcher, FetchError, Origin, Origins
from aiges_native.host.fetch.addresses import is_special, resolved

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


# --- which addresses --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("http://a.example", ("http", "a.example", 80)),
        ("HTTPS://A.Example/", ("https", "a.example", 443)),
        ("https://a.example.:8443", ("https", "a.example", 8443)),
        (f"http://{LOCAL}:8000", ("http", LOCAL, 8000)),
        ("http://[0:0::1]", ("http", "::1", 80)),
    ],
)
def test_origins(text: str, origin: tuple[str, str, int]) -> None:
    assert Origin.parse(text) == origin


@pytest.mark.parametrize(
    "text",
    [
        "", "a.example", "//a.example", "ftp://a.example", "http://", "http:///x", "http://a.example/x", "http://a.example?x",
        "http://a.example#x", "http://a.example//", "http://user@a.example", "http://a.example:port", "http://a.example:70000",
        "http://[::1", "http://[fe80::1%25eth0]", "http://a b", "http://a.example\\@b", "http://\u00e4.example", "http://*.example",
        "http://a..example", "http://[a.example]",
    ],
)  # fmt: skip
def test_what_is_no_origin(text: str) -> None:
    with pytest.raises(ValueError, match=r"^http://HOST, https://HOST"):
        Origin.parse(text)


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("http://a.example/x?y=1#z", True),
        ("http://A.EXAMPLE.:80/", True),
        ("https://b.example:8443/x", True),
        ("http://[::0001]:81/", True),
        ("https://a.example/", False),
        ("http://a.example:81/", False),
        ("http://sub.a.example/", False),
        ("http://a.example.evil/", False),
        ("http://evil@a.example/", False),
        ("http://a.example@evil/", False),
        ("http://a.example\\@evil/", False),
        ("http://a.example /", False),
        ("http://a.example\r\nX: y/", False),
        ("http://a.example/\u00e4", False),
        ("file:/etc/passwd", False),
        ("http://a.example:x/", False),
        ("http://[::1", False),
        ("/x", False),
        ("", False),
        ("http://a.example/" + "x" * 9000, False),
    ],
)
def test_addresses_of_listed_origins_only(url: str, allowed: bool) -> None:
    problem = Origins(["http://a.example", "https://b.example:8443", "http://[::1]:81"]).problem(url)
    assert (problem is None) == allowed
    if problem is not None:
        assert problem.startswith("address ") and "example" not in problem


SPECIAL = """
    0.0.0.0 10.1.2.3 100.64.0.1 127.0.0.1 127.9.9.9 169.254.169.254 172.16.0.1 192.0.2.1 192.168.1.1 198.18.0.1
    224.0.0.1 239.1.1.1 240.0.0.1 255.255.255.255 :: ::1 fe80::1 fc00::1 fd12::1 ff02::1 2001:db8::1 ::ffff:127.0.0.1
    ::ffff:10.0.0.1 ::7f00:1 fec0::1 64:ff9b:1::1 2002:7f00:1:: 2002:a00:1:: 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe
    2001:0:7f00:1::1
"""
PUBLIC = "1.1.1.1 8.8.8.8 93.184.215.14 172.32.0.1 2606:4700::1111 ::ffff:8.8.8.8 2002:808:808:: 64:ff9b::808:808"


@pytest.mark.parametrize(
    ("address", "special"), [*((each, True) for each in SPECIAL.split()), *((each, False) for each in PUBLIC.split())]
)
def test_special_addresses(address: str, special: bool) -> None:
    assert is_special(ip_address(address)) is special


@pytest.mark.parametrize("url", ["http://localhost:1", "http://2130706433", "http://0x7f000001", "http://127.1"])
def test_names_that_lead_to_this_machine_are_refused(url: str) -> None:
    with pytest.raises(FetchError, match="leads to an address from which nothing is fetched") as caught:
        resolved(Origin.parse(url))
    assert caught.value.code == 10010 and not caught.value.again


def test_one_special_address_among_others_refuses_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def looked_up(*found: str) -> None:
        places = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, 80)) for each in found]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *asked, **how: places)

    looked_up("8.8.8.8", "1.1.1.1", "8.8.8.8")
    assert resolved(Origin.parse("http://a.example")) == [ip_address("8.8.8.8"), ip_address("1.1.1.1")]
    looked_up("8.8.8.8", "10.0.0.1")
    with pytest.raises(FetchError, match="leads to"):
        resolved(Origin.parse("http://a.example"))


def test_a_literal_address_was_meant() -> None:
    assert resolved(Origin.parse(f"http://{LOCAL}:1")) == [ip_address(LOCAL)]
    assert resolved(Origin.parse("http://[::1]:1")) == [ip_address("::1")]


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
