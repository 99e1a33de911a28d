"""``[<service>]``, named by ``--service``: the gRPC listener, its connections and its rate."""

from __future__ import annotations

import msgspec

from .units import MIB, Bytes, BytesAboveZero, Count, Label, Milliseconds, Port, SecondsAboveZero, Section


class Service(Section, frozen=True, kw_only=True):
    """The listener of the RPC clients. Sizes in bytes; times in milliseconds but ``grpctimeout``, in seconds."""

    host: str = ""
    """Address to bind; empty: that of ``netcard``, else of the own host name."""
    port: Port = 0
    """0: one that is free, printed at start."""
    netcard: str = ""
    """Network interface whose address is bound when ``host`` is empty."""
    reuseport: bool = False
    http_listen: str = ""
    """``HOST:PORT`` of HTTP, unless ``[http] listen`` says another."""
    maxreceive: BytesAboveZero = 64 * MIB
    maxsend: BytesAboveZero = 64 * MIB
    conn_rbuf: Bytes = msgspec.field(default=0, name="conn-rbuf")
    """Read buffer of a connection; 0: as the library has it."""
    conn_wbuf: Bytes = msgspec.field(default=0, name="conn-wbuf")
    keepalive: Milliseconds = 0
    """How long a connection may be idle before it is asked; 0: never asked."""
    keepalive_timeout: Milliseconds = msgspec.field(default=1000, name="keepalive-timeout")
    grpctimeout: SecondsAboveZero = 120
    """Set-up of a connection."""
    rate: Milliseconds = 0
    """One more request is let in every so often; 0: no limit."""
    burst: Count = 0
    """How many may come at once when ``rate`` is set; 0 means 1."""
    finder: bool = False
    """Register the service in discovery."""


class Grpc(Section, frozen=True, kw_only=True):
    """``[grpc]``: what the RPC listener offers besides its services."""

    reflection: bool = True


class Lbv2(Section, frozen=True, kw_only=True):
    """``[lbv2]``: reports to an existing balancer. Times in milliseconds."""

    able: bool = False
    sub: Label = ""
    subsvc: Label = ""
    lbname: str = ""
    lbproject: str = ""
    lbgroup: str = ""
    apiversion: Label = ""
    cloud: Label = "0"
    finderttl: Milliseconds = 0
    tm: Milliseconds = 1000
    """Wait for the balancer's reply."""
    taddrs: str = ""
    """``NAME@HOST:PORT`` of the balancer, instead of finding it."""
    conn_timeout: Milliseconds = msgspec.field(default=100, name="conn-timeout")
    conn_pool_size: Count = msgspec.field(default=20, name="conn-pool-size")
    lb_mode: Count = msgspec.field(default=0, name="lb-mode")
    lb_retry: Count = msgspec.field(default=2, name="lb-retry")
    backend: Label = ""
    task: Label = ""
