"""Which addresses data may be fetched from: listed origins, and not what is private or special."""

from __future__ import annotations

import socket
from ipaddress import ip_address

import pytest

from aiges_native.host.fetch import FetchError, Origin, Origins
from aiges_native.host.fetch.addresses import is_special, resolved

LOCAL = "127.0.0.1"


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
