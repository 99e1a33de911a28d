"""What clients reach, and its bounds: ``[http]``, ``[ws]``, ``[health]``, ``[limits]``, ``[drain]``, ``[tls]``,
``[auth]``, ``[admin]``."""

from __future__ import annotations

from typing import Literal

import msgspec

from .units import GIB, KIB, MIB, BytesAboveZero, CountAboveZero, Names, Seconds, SecondsAboveZero, Section


class Http(Section, frozen=True, kw_only=True):
    """``[http]``. ``requestTimeout`` in seconds."""

    listen: str = ""
    """``HOST:PORT``. Once loaded: the one that holds, wherever it came from."""
    routes: Names = ()
    """Paths of the engine when there is one; empty: as its schema says."""
    schema: str = ""
    """A JSON schema file in the form of AIGES (``meta``, ``schemainput``, ``schemaoutput``), in place of what the
    engine declares. It is read with the configuration."""
    validate: Literal["auto", "strict", "compat"] = "auto"
    """auto: strict with a schema file and for wrappers of this project's own SDK, else compat."""
    reply: Literal["compat", "typed"] = "compat"
    cors: str = "*"
    """``Access-Control-Allow-Origin``; empty: none."""
    request_timeout: SecondsAboveZero = msgspec.field(default=120, name="requestTimeout")
    legacy_status: bool = False
    """Every error is HTTP 500."""
    fetch_allow: Names = msgspec.field(default=(), name="fetchAllow")
    """Origins (``https://HOST``, with ``:PORT`` if it is another) from which data named by an address is fetched;
    empty: none is. Names that lead to private or other special addresses are refused; an origin written with the IP
    address itself is not."""


class Ws(Section, frozen=True, kw_only=True):
    """``[ws]``. Times in seconds, ``maxMessage`` in bytes."""

    read_timeout: SecondsAboveZero = msgspec.field(default=15, name="readTimeout")
    session_timeout: SecondsAboveZero = msgspec.field(default=180, name="sessionTimeout")
    max_message: BytesAboveZero = msgspec.field(default=16 * MIB, name="maxMessage")
    ping: Seconds = 20
    close_compat: bool = msgspec.field(default=False, name="closeCompat")
    """Every close is 1000."""


class Health(Section, frozen=True, kw_only=True):
    """``[health]``: where health and metrics are told by a process of their own."""

    listen: str = ""
    """``HOST:PORT``; empty: the host of HTTP, its port + 1. Once loaded: the one that holds."""


class Limits(Section, frozen=True, kw_only=True):
    """``[limits]``: bounds of what one client, one session and all together may hold. Bytes, counts, seconds."""

    buffer_bytes: BytesAboveZero = msgspec.field(default=GIB, name="bufferBytes")
    body: BytesAboveZero = 64 * MIB
    header: BytesAboveZero = 32 * KIB
    header_timeout: SecondsAboveZero = msgspec.field(default=10, name="headerTimeout")
    connections: CountAboveZero = 10_000
    input_frames: CountAboveZero = msgspec.field(default=256, name="inputFrames")
    input_bytes: BytesAboveZero = msgspec.field(default=32 * MIB, name="inputBytes")
    output_pieces: CountAboveZero = msgspec.field(default=1024, name="outputPieces")
    output_bytes: BytesAboveZero = msgspec.field(default=32 * MIB, name="outputBytes")
    callback_wait: Seconds = msgspec.field(default=5, name="callbackWait")
    """How long an engine's callback waits while the client reads nothing."""
    write_stall: SecondsAboveZero = msgspec.field(default=10, name="writeStall")
    """A client that reads nothing for so long is cut."""


class Drain(Section, frozen=True, kw_only=True):
    """``[drain]``: the end of the service. Seconds."""

    grace: Seconds | Literal["auto"] = "auto"
    """Goes on serving while the others learn of it; auto: 5, or 0 on a terminal."""
    timeout: Seconds = 20
    """Running sessions may go on for so long."""
    fini: Seconds = 3
    """The engine's own end may take so long."""


class Tls(Section, frozen=True, kw_only=True):
    """``[tls]``, on both listeners: files in PEM form. Without ``cert`` there is none."""

    cert: str = ""
    key: str = ""
    ca: str = ""
    """Authorities of client certificates."""


class Auth(Section, frozen=True, kw_only=True):
    """``[auth]``: who may call."""

    mode: Literal["none", "token", "mtls", "hmac"] = "none"
    file: str = ""
    """Tokens, or ``key:secret`` pairs of hmac, one a line."""


class Admin(Section, frozen=True, kw_only=True):
    """``[admin]``: the operator's own plane, off without ``listen``."""

    listen: str = ""
    """``unix:PATH``, or ``HOST:PORT`` of the loopback."""
    token_file: str = msgspec.field(default="", name="tokenFile")
    rpc_resize: bool = msgspec.field(default=False, name="rpcResize")
    """RPC clients may change the number of slots."""
