"""Every key of the service's configuration: its default, what it takes, what it refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("msgspec")

from msgspec import structs

from aiges_native.host.config import ConfigError, load
from aiges_native.host.config.sections import NO_EFFECT, SECTIONS
from aiges_native.host.config.sections.units import cpu_count

MIB = 1 << 20
SWITCH = ("1", True, '"perhaps"')
TEXT = ('"a"', "a", "true")
MS = ("250", 250, "-1")
SECONDS = ("2.5", 2.5, "-1")
ABOVE_ZERO = ("2", 2, "0")
COUNT = ("2", 2, "-1")
LBV2_NAMES = ("sub", "subsvc", "lbname", "lbproject", "lbgroup", "taddrs")

#: section, key, field, default, (value in the file, what it means, a wrong value)
ROWS: list[tuple[str, str, str, Any, tuple[str, Any, str]]] = [
    ("service", "host", "host", "", ('"0.0.0.0"', "0.0.0.0", "5")),
    ("service", "port", "port", 0, ("5090", 5090, "65536")),
    ("service", "netcard", "netcard", "", ('"eth0"', "eth0", "[]")),
    ("service", "reuseport", "reuseport", False, ("1", True, "2")),
    ("service", "http_listen", "http_listen", "", ('"127.0.0.1:80"', "127.0.0.1:80", '"80"')),
    ("service", "maxreceive", "maxreceive", 64 * MIB, ('"4 MiB"', 4 * MIB, "0")),
    ("service", "maxsend", "maxsend", 64 * MIB, ("1024", 1024, '"4 metres"')),
    ("service", "conn-rbuf", "conn_rbuf", 0, ("65536", 65536, "-1")),
    ("service", "conn-wbuf", "conn_wbuf", 0, ("65536", 65536, "true")),
    ("service", "keepalive", "keepalive", 0, MS),
    ("service", "keepalive-timeout", "keepalive_timeout", 1000, MS),
    ("service", "grpctimeout", "grpctimeout", 120, ("60", 60, "0")),
    ("service", "rate", "rate", 0, MS),
    ("service", "burst", "burst", 0, COUNT),
    ("service", "finder", "finder", False, SWITCH),
    ("http", "listen", "listen", "127.0.0.1:1888", ('":8080"', "0.0.0.0:8080", '"localhost"')),
    ("http", "routes", "routes", (), ('["/a", "/b"]', ("/a", "/b"), "[1]")),
    ("http", "validate", "validate", "auto", ('"Strict"', "strict", '"no"')),
    ("http", "reply", "reply", "compat", ('"typed"', "typed", '"plain"')),
    ("http", "cors", "cors", "*", TEXT),
    ("http", "requestTimeout", "request_timeout", 120, ('"1.5s"', 1.5, "0")),
    ("http", "legacy_status", "legacy_status", False, SWITCH),
    ("http", "fetchAllow", "fetch_allow", (), ('"http://a; http://b"', ("http://a", "http://b"), "1")),
    ("ws", "readTimeout", "read_timeout", 15, ("150", 150, "0")),
    ("ws", "sessionTimeout", "session_timeout", 180, ('"3m"', 180, "nan")),
    ("ws", "maxMessage", "max_message", 16 * MIB, ('"1MB"', 10**6, "0")),
    ("ws", "ping", "ping", 20, SECONDS),
    ("ws", "closeCompat", "close_compat", False, SWITCH),
    ("grpc", "reflection", "reflection", True, ("false", False, "3")),
    ("health", "listen", "listen", "127.0.0.1:1889", ('"[::1]:9000"', "[::1]:9000", '"::1:9000"')),
    ("aiges", "asyncMode", "async_mode", False, SWITCH),
    ("aiges", "sessMode", "sess_mode", False, SWITCH),
    ("aiges", "realTimeRlt", "real_time_rlt", True, ("0", False, "5")),
    ("aiges", "headerPass", "header_pass", (), ('"uid;did"', ("uid", "did"), "1")),
    ("aiges", "pythonPluginCmd", "python_plugin_cmd", "", TEXT),
    ("aiges", "wrapperDelayDetectPeriod", "wrapper_delay_detect_period", 60, ("5", 5, "inf")),
    ("aiges", "httpRetry", "http_retry", 1, COUNT),
    ("aiges", "gray", "gray", False, SWITCH),
    ("aiges", "storageData", "storage_data", False, SWITCH),
    ("aiges", "storageDir", "storage_dir", "", TEXT),
    ("fc", "able", "able", 0, ("1000", 1000, '"x"')),
    ("fc", "router", "router", "sessionManager", ('"qpsLimiter"', "qpsLimiter", '"none"')),
    ("fc", "max", "max", cpu_count(), ("20", 20, '"many"')),
    ("fc", "best", "best", cpu_count(), ("5", 5, "-1")),
    ("fc", "ttl", "ttl", 15000, ('"10s"', 10000, "0")),
    ("fc", "wave", "wave", 10, COUNT),
    ("fc", "report", "report", 1000, ("1", 1, "0")),
    ("fc", "strategy", "strategy", 0, ("2", 2, "3")),
    ("fc", "filterwin", "filterwin", 10000, MS),
    ("fc", "queue", "queue", 0, COUNT),
    ("fc", "queueWait", "queue_wait", 1000, MS),
    ("engine", "kind", "kind", "auto", ('"c"', "c", '"java"')),
    ("engine", "path", "path", "", TEXT),
    ("engine", "version", "version", "", ("2", "2", "true")),
    ("engine", "isolate", "isolate", "auto", ('"process"', "process", '"thread"')),
    ("engine", "workers", "workers", 1, ('"auto"', "auto", "0")),
    ("engine", "freeOnCallThread", "free_on_call_thread", False, SWITCH),
    ("engine", "onWedge", "on_wedge", "exit", ('"stay"', "stay", '"die"')),
    ("engine", "stallAfter", "stall_after", 10, ABOVE_ZERO),
    ("engine", "interruptAfter", "interrupt_after", 2, SECONDS),
    ("engine", "killAfter", "kill_after", 10, SECONDS),
    ("engine", "gilStall", "gil_stall", 30, ABOVE_ZERO),
    ("engine", "canary", "canary", 0, SECONDS),
    ("engine", "numa", "numa", "", ("0", "0", "[]")),
    ("resource", "able", "able", False, SWITCH),
    ("limits", "bufferBytes", "buffer_bytes", 1 << 30, ('"2GiB"', 2 << 30, "0")),
    ("limits", "body", "body", 64 * MIB, ABOVE_ZERO),
    ("limits", "header", "header", 32 << 10, ('"8KiB"', 8 << 10, "0")),
    ("limits", "headerTimeout", "header_timeout", 10, ABOVE_ZERO),
    ("limits", "connections", "connections", 10_000, ABOVE_ZERO),
    ("limits", "inputFrames", "input_frames", 256, ABOVE_ZERO),
    ("limits", "inputBytes", "input_bytes", 32 * MIB, ABOVE_ZERO),
    ("limits", "outputPieces", "output_pieces", 1024, ABOVE_ZERO),
    ("limits", "outputBytes", "output_bytes", 32 * MIB, ABOVE_ZERO),
    ("limits", "callbackWait", "callback_wait", 5, SECONDS),
    ("limits", "writeStall", "write_stall", 10, ABOVE_ZERO),
    ("drain", "grace", "grace", "auto", ('"500ms"', 0.5, '"soon"')),
    ("drain", "timeout", "timeout", 20, SECONDS),
    ("drain", "fini", "fini", 3, SECONDS),
    ("tls", "ca", "ca", "", TEXT),
    ("auth", "mode", "mode", "none", ('"none"', "none", '"password"')),
    ("auth", "file", "file", "", TEXT),
    ("admin", "listen", "listen", "", ('"127.0.0.1:99"', "127.0.0.1:99", '"0.0.0.0:99"')),
    ("admin", "tokenFile", "token_file", "", TEXT),
    ("admin", "rpcResize", "rpc_resize", False, SWITCH),
    ("log", "level", "level", "warn", ('"INFO"', "info", '"loud"')),
    ("log", "file", "file", "", TEXT),
    ("log", "format", "format", "text", ('"json"', "json", '"xml"')),
    ("log", "size", "size", 10, ABOVE_ZERO),
    ("log", "count", "count", 10, COUNT),
    ("log", "die", "die", 10, COUNT),
    ("log", "caller", "caller", False, SWITCH),
    ("metrics", "able", "able", True, ("0", False, "7")),
    ("metrics", "idc", "idc", "", TEXT),
    ("metrics", "sub", "sub", "", TEXT),
    ("metrics", "cs", "cs", "", TEXT),
    ("trace", "able", "able", True, ("0", False, "7")),
    ("otel", "endpoint", "endpoint", "", TEXT),
    ("otel", "sample", "sample", 1, ("0.1", 0.1, "1.1")),
    ("lbv2", "able", "able", False, SWITCH),
    *(("lbv2", key, key, "", ('"x"', "x", "[]")) for key in LBV2_NAMES),
    *(("lbv2", key, key, "", ("1", "1", "[]")) for key in ("apiversion", "backend", "task")),
    ("lbv2", "cloud", "cloud", "0", ("1", "1", "true")),
    ("lbv2", "finderttl", "finderttl", 0, MS),
    ("lbv2", "tm", "tm", 1000, MS),
    ("lbv2", "conn-timeout", "conn_timeout", 100, MS),
    ("lbv2", "conn-pool-size", "conn_pool_size", 20, COUNT),
    ("lbv2", "lb-mode", "lb_mode", 0, COUNT),
    ("lbv2", "lb-retry", "lb_retry", 2, COUNT),
    ("discovery", "source", "source", "", ('"etcd://a:2379"', "etcd://a:2379", '"http://a"')),
    ("discovery", "advertise", "advertise", "", TEXT),
    ("discovery", "version", "version", "", TEXT),
    ("discovery", "weight", "weight", 100, ABOVE_ZERO),
    ("discovery", "labels", "labels", (), ('"zone=a"', ("zone=a",), "1")),
    ("discovery", "lease", "lease", 10, ABOVE_ZERO),
    ("config", "source", "source", "", ('"zk://a:2181"', "zk://a:2181", '"polaris"')),
    *(("config", key, key, "", TEXT) for key in ("project", "group", "prefix", "cache")),
]  # fmt: skip

#: Keys that need another one beside them, or a file, tested in test_config_load.py.
TOGETHER = {("aiges", "usrCfg"), ("http", "schema"), ("tls", "cert"), ("tls", "key"), ("config", "require")}


def section_of(config: Any, name: str) -> Any:
    return getattr(config, "centre" if name == "config" else name)


def write(tmp_path: Path, section: str, *lines: str) -> Path:
    path = tmp_path / "aiges.toml"
    header = "svcName" if section == "service" else section
    path.write_text("\n".join([f"[{header}]", "# a line", *lines, ""]))
    return path


def test_every_key_has_a_row() -> None:
    keys = {(name, each.encode_name) for name, section in SECTIONS.items() for each in structs.fields(section)}
    assert {row[:2] for row in ROWS} | TOGETHER == keys


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]}.{row[1]}")
class TestRow:
    def test_default(self, row: Any) -> None:
        section, key, name, default, _ = row
        loaded = load(None)
        assert getattr(section_of(loaded.config, section), name) == default
        assert loaded.origin(f"{section}.{key}") == "default"

    def test_value(self, row: Any, tmp_path: Path) -> None:
        section, key, name, _, (text, value, _) = row
        path = write(tmp_path, section, f"{key} = {text}")
        loaded = load(path)
        found = getattr(section_of(loaded.config, section), name)
        assert (found == value and type(found) is type(value)) or isinstance(found, float)
        assert loaded.origin(f"{section}.{key}") == f"file {path}:3"
        assert not [finding for finding in loaded.findings if finding.kind in ("unknown", "no effect")]

    def test_wrong_value(self, row: Any, tmp_path: Path) -> None:
        section, key, _, _, (_, _, wrong) = row
        path = write(tmp_path, section, f"{key} = {wrong}")
        with pytest.raises(ConfigError) as caught:
            load(path)
        shown = "svcName" if section == "service" else section
        assert caught.value.key == f"{shown}.{key}" and caught.value.line == 3
        assert str(caught.value).startswith(f"{path}:3: [{shown}].{key} = ")
        assert f"expected {caught.value.expected}" in str(caught.value) and caught.value.expected
        assert "\n" not in str(caught.value)


DEAD_KEYS = {
    "service": "vcpu vcpuNum",
    "aiges": "sessDelGt asyncRelease numaNode gesMock catchOn sub wrapperTrace",
    "fc": "roll tasksize taskchsize",
    "log": "async cache batch wash",
    "metrics": "timePerSlice winSize",
    "auth": "meterCtrl meterWrapperCtrl janusCtrl",
    "resource": "path",
    "trace": "host port backend deliver dump spill buffer batch linger bcluster idc loadts watch",
    "pprof": "able",
    "bvt": "able",
    "sonar": "able",
    "lb": "able",
    "dataProcess": "able",
    "downAsync": "able",
    "elog": "elogLocal",
}
DEAD = [(section, key) for section, keys in DEAD_KEYS.items() for key in keys.split()]


@pytest.mark.parametrize(("section", "key"), DEAD, ids=".".join)
def test_keys_without_effect_are_told(section: str, key: str, tmp_path: Path) -> None:
    path = write(tmp_path, section, f"{key} = 7")
    shown = "svcName" if section == "service" else section
    (found,) = (each for each in load(path).findings if each.kind == "no effect")
    assert str(found) == f"{path}:3: [{shown}] {key}: no effect" and found.line == 3
    assert load(path, strict=True).findings


def test_every_section_without_effect_is_tested() -> None:
    assert set(DEAD_KEYS) == set(NO_EFFECT)
