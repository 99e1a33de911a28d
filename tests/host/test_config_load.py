"""The configuration of the service as a whole: samples, who wins, engines, addresses, and what is wrong together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("msgspec")

from aiges_native.host.config import Address, Config, ConfigError, Loaded, describe, load
from aiges_native.host.config.sections.units import cpu_count

SAMPLES = Path(__file__).parent / "samples"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def read(text: str, **given: Any) -> Loaded:
    """Loads a text as the aiges.toml of the working directory."""
    Path("aiges.toml").write_text(text)
    return load("aiges.toml", **given)


def fails(text: str, **given: Any) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        read(text, **given)
    return caught.value


def told(loaded: Loaded, kind: str) -> list[str]:
    return [str(finding) for finding in loaded.findings if finding.kind == kind]


# --- files as they are ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["aiges_init", "aiges_main", "aiges_root"])
def test_shipped_files_load_unchanged(name: str) -> None:
    loaded = load(SAMPLES / f"{name}.toml", service="svcName")
    assert {finding.kind for finding in loaded.findings} == {"no effect"}
    assert [finding.key.split(".")[0] for finding in loaded.findings] == [
        "aiges", "auth", "elog", "log", "fc", "trace", "sonar",
    ]  # fmt: skip
    config = loaded.config
    assert config.listen.grpc == Address("0.0.0.0", 5090)
    assert config.aiges.async_mode and not config.tracing
    engine = config.engines["svcName"]
    assert engine.wrapper["common.lic"] == "10" and engine.ttl == 10.0 and engine.path is None and engine.python == ""


@pytest.mark.parametrize(
    ("name", "http", "real_time", "most", "best"),
    [
        ("aiges_init", "0.0.0.0:1888", False, 1, 1),
        ("aiges_main", "127.0.0.1:1888", False, 20, 5),
        ("aiges_root", "0.0.0.0:1888", True, 1000, 10000),
    ],
)
def test_what_shipped_files_say(name: str, http: str, real_time: bool, most: int, best: int) -> None:
    config = load(SAMPLES / f"{name}.toml").config
    assert str(config.listen.http) == config.http.listen == http
    assert config.engines["svcName"].real_time is real_time
    assert (config.fc.max, config.fc.best) == (most, best)


def test_the_file_of_a_load_test_is_told() -> None:
    with pytest.raises(ConfigError, match=r"no section \[svcName\]; try aiges-native bench -f .*xtest.toml"):
        load(SAMPLES / "xtest.toml", service="svcName")
    loaded = load(SAMPLES / "xtest.toml", service="xtest")
    assert loaded.config.log.level == "debug"
    assert any("[data1]: unknown section" in text for text in told(loaded, "unknown"))


def test_no_file_means_defaults(here: Path) -> None:
    loaded = load(None, env={"PATH": "/bin"})
    assert loaded.findings == () and loaded.path is None
    assert isinstance(loaded.config, Config) and loaded.config.fc.max == cpu_count()
    assert str(loaded.config.listen.http) == "127.0.0.1:1888"
    assert {row.origin for row in describe(loaded)} == {"default"}


def test_a_service_that_was_asked_for_must_have_its_section(here: Path) -> None:
    error = fails("[a]\nport = 1\n[fc]\n", service="b")
    assert "no section [b]; try --service with one of its sections (a, fc)" in str(error)
    assert "try adding [b]" in str(fails("", service="b"))
    assert read('[wrapper]\n"common.lic" = "10"\n').config.name == "svcName"
    assert "cannot be named 'fc'" in str(fails("[fc]\n", service="fc"))


def test_other_services_in_the_file_are_left_alone(here: Path) -> None:
    loaded = read("[a]\nport = 1\n[service]\nport = 2\nvcpu = 1\n[b]\nport = 3\n[fc]\nmax = 1\n", service="b")
    assert loaded.config.service.port == 3 and loaded.findings == ()


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("[fc]\nmax = \n", 2, "invalid value at line 2"),
        ("[fc]\n\n[fc]\n", 3, "at line 3"),
        ("\u00e9".encode("latin-1").decode("latin-1"), 1, "at line 1"),
    ],
)
def test_broken_files(text: str, line: int, why: str, here: Path) -> None:
    error = fails(text)
    assert error.line == line and why in str(error) and "cannot read 'aiges.toml'" in str(error)


def test_missing_and_foreign_files(here: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot read 'aiges\.toml': no such file or directory; try"):
        load("aiges.toml")
    Path("aiges.toml").write_bytes(b"[fc]\n\xff\n")
    with pytest.raises(ConfigError, match="not UTF-8 at line 2"):
        load("aiges.toml")


# --- who wins ---------------------------------------------------------------------------------------------------------


def test_flag_over_environment_over_file_over_default(here: Path) -> None:
    text = "[svcName]\n[fc]\nmax = 1\nttl = 1\nwave = 1\n"
    env = {"AIGES_FC__MAX": "2", "AIGES_FC__TTL": "2"}
    loaded = read(text, env=env, flags={"fc.max": 3})
    fc = loaded.config.fc
    assert (fc.max, fc.ttl, fc.wave, fc.report) == (3, 2, 1, 1000)
    origins = [loaded.origin(f"fc.{key}") for key in ("max", "ttl", "wave", "report")]
    assert origins == ["flag", "env AIGES_FC__TTL", "file aiges.toml:5", "default"]
    with pytest.raises(KeyError):
        loaded.origin("fc.maxx")


@pytest.mark.parametrize(
    ("name", "value", "key", "found"),
    [
        ("AIGES_SVC_A__PORT", "7", "service.port", 7),
        ("AIGES_SERVICE__PORT", "7", "svc-a.port", 7),
        ("AIGES_SVC_A__CONN_RBUF", "7", "service.conn-rbuf", 7),
        ("AIGES_AIGES__ASYNC_MODE", "true", "aiges.asyncMode", True),
        ("AIGES_AIGES__ASYNCMODE", "0", "aiges.asyncMode", False),
        ("AIGES_HTTP__FETCH_ALLOW", "http://a;http://b", "http.fetchAllow", ("http://a", "http://b")),
        ("AIGES_LOG__FILE", "", "log.file", ""),
        ("AIGES_DRAIN__GRACE", "auto", "drain.grace", "auto"),
        ("AIGES_OTEL__SAMPLE", "0.25", "otel.sample", 0.25),
        ("AIGES_FC__STRATEGY", "1", "fc.strategy", 1),
        ("AIGES_PLUGIN_MODE", "python", "engine.kind", "python"),
        ("AIGES_PLUGIN_MODE", "C", "engine.kind", "c"),
        ("AIGES_ENV_NUMA", "1", "engine.numa", "1"),
        ("AIGES_WRAPPER_VERSION", "2.0", "engine.version", "2.0"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://a:4317", "otel.endpoint", "http://a:4317"),
        ("AIGES_WRAPPER__COMMON_LIC", "5", "wrapper.common.lic", "5"),
        ("AIGES_WRAPPER__LOG__LEVEL", "debug", "wrapper.log.level", "debug"),
        ("AIGES_WRAPPER__HTTP_LISTEN", ":1", "wrapper.http_listen", ":1"),
    ],
)
def test_environment(name: str, value: str, key: str, found: Any, here: Path) -> None:
    loaded = read("[svc-a]\n[wrapper]\ncommon.lic = 1\n", env={name: value}, service="svc-a")
    assert loaded.origin(key) == f"env {name}"
    shown = key.replace("service.", "svc-a.")
    assert {f"{row.section}.{row.key}": row.value for row in describe(loaded)}[shown] == found
    assert told(loaded, "unknown") == []


def test_a_service_whose_name_has_a_dot(here: Path) -> None:
    text = '["a.b"]\nport = 1\nburst = 2\n'
    loaded = read(text, service="a.b", flags={"a.b.port": 5}, env={"AIGES_A_B__RATE": "9"})
    service = loaded.config.service
    assert (service.port, service.burst, service.rate) == (5, 2, 9)
    assert [loaded.origin(key) for key in ("a.b.port", "service.burst")] == ["flag", "file aiges.toml:3"]


def test_the_own_name_of_a_service_is_stronger_than_service(here: Path) -> None:
    env = {"AIGES_SVCNAME__PORT": "1", "AIGES_SERVICE__PORT": "2"}
    assert load(None, env=env).config.service.port == 1
    env = {"AIGES_PLUGIN_MODE": "c", "AIGES_ENGINE__KIND": "python"}
    assert load(None, env=env).config.engine.kind == "python"


def test_wrong_and_unknown_names_outside_the_file(here: Path) -> None:
    env = {"AIGES_FC__MAX": "x", "AIGES_FC__MAXX": "1", "AIGES_PLUGIN_MODE": "go"}
    with pytest.raises(ConfigError) as caught:
        load(None, env=env, flags={"log.level": "loud"})
    expected = "expected debug, error, fatal, info or warn"
    lines = str(caught.value).splitlines()
    assert lines[0] == "AIGES_FC__MAX: [fc].max = 'x': expected a whole number, 1 or more"
    assert any(line.startswith("AIGES_PLUGIN_MODE: [engine].kind = 'go'") for line in lines)
    assert f"command line: [log].level = 'loud': {expected}" in lines
    assert len(caught.value.faults) == 3 and caught.value.key == "fc.max" and caught.value.line == 0
    findings = load(
        None, env={"AIGES_FC__MAXX": "1", "AIGES_NOWHERE__X": "1", "AIGES_X": "1", "AIGES_FC__": "1"}
    ).findings
    assert [str(each) for each in findings] == [
        "AIGES_FC__MAXX: [fc].maxx: unknown, did you mean max?",
        "AIGES_NOWHERE__X: [nowhere]: unknown section",
    ]


# --- what means nothing -----------------------------------------------------------------------------------------------


def test_unknown_keys_name_the_nearest_and_the_line(here: Path) -> None:
    text = "loose = 1\n[svcName]\nprot = 1\n[fc]\nmax = 1\nmaxx = 1\n[htpt]\n[htp]\na = 1\n"
    text += "[engines]\nx = 1\n[engines.a]\nwrokers = 1\n"
    loaded = read(text)
    assert told(loaded, "unknown") == [
        "aiges.toml:1: loose: a key outside every section means nothing",
        "aiges.toml:3: [svcName].prot: unknown, did you mean port?",
        "aiges.toml:6: [fc].maxx: unknown, did you mean max?",
        "aiges.toml:7: [htpt]: unknown section, did you mean http?",
        "aiges.toml:8: [htp]: unknown section, did you mean http?",
        "aiges.toml:11: [engines].x: unknown; engines are sections of their own, [engines.x]",
        "aiges.toml:13: [engines.a].wrokers: unknown, did you mean workers?",
    ]
    error = fails(text, strict=True)
    assert len(error.faults) == 7 and error.line == 1
    assert str(error).splitlines()[2] == told(loaded, "unknown")[2]


def test_a_section_that_is_a_value(here: Path) -> None:
    error = fails("fc = 3\n")
    assert str(error) == "aiges.toml:1: fc = 3: expected a section: [fc] and keys below it"


def test_missing_max_is_told(here: Path) -> None:
    (text,) = told(read("[svcName]\n"), "missing")
    assert text == f"aiges.toml: [fc].max is missing: {cpu_count()} is taken, the number of CPUs"
    assert not told(read("[svcName]\n", flags={"fc.max": 2}), "missing")
    assert not told(read("[engines.a]\nmax = 1\n"), "missing")
    assert told(read("[engines.a]\nmax = 1\n[engines.b]\n"), "missing")


def test_all_faults_are_told_at_once(here: Path) -> None:
    error = fails('[svcName]\nport = "x"\n[fc]\nmax = 0\n[log]\nlevel = 5\n')
    assert [fault.line for fault in error.faults] == [2, 4, 6]
    assert error.key == "svcName.port" and error.value == "x" and error.expected == "a whole number, 0 to 65535"


# --- what the engine gets ---------------------------------------------------------------------------------------------


def test_wrapper_as_text(here: Path) -> None:
    loaded = read('[wrapper]\n"a.b" = 1\nc.d = true\ne = 0.5\nf = [1, "x"]\n', flags={"wrapper.a.b": 2})
    assert loaded.config.wrapper == {"a.b": "2", "c.d": "true", "e": "0.5", "f": '[1, "x"]'}
    assert loaded.origin("wrapper.a.b") == "flag" and loaded.origin("wrapper.c.d") == "file aiges.toml:3"


def test_own_file_replaces_wrapper(here: Path) -> None:
    Path("own.toml").write_text("top = 1\n[common]\nlic = 5\n")
    loaded = read('[aiges]\nusrCfg = "own.toml"\n[wrapper]\nx = 1\nhttp_listen = ":7"\n', env={"AIGES_WRAPPER__Y": "2"})
    assert loaded.config.wrapper == {"top": "1", "common.lic": "5", "y": "2"}
    assert loaded.origin("wrapper.common.lic") == "file own.toml:3"
    assert loaded.config.listen.http.port == 7
    assert told(loaded, "doubtful") == ["aiges.toml:2: [aiges].usrCfg: 'own.toml' replaces [wrapper]"]


def test_own_file_beside_the_configuration(here: Path) -> None:
    Path("sub").mkdir()
    Path("sub/own.toml").write_text("[a]\nb = 1\n")
    Path("sub/aiges.toml").write_text('[aiges]\nusrCfg = "own.toml"\n')
    assert load("sub/aiges.toml").config.wrapper == {"a.b": "1"}


def test_own_file_that_is_missing_or_broken(here: Path) -> None:
    error = fails('[svcName]\n[aiges]\nusrCfg = "own.toml"\n')
    assert str(error) == "aiges.toml:3: [aiges].usrCfg = 'own.toml': there is no such file"
    Path("own.toml").write_text("[a\n")
    assert "cannot read 'own.toml'" in str(fails('[aiges]\nusrCfg = "own.toml"\n'))


def test_header_pass_with_its_file(here: Path) -> None:
    Path("headerPass.wrapper").write_text("uid\n\n device.imei \n")
    config = read('[aiges]\nheaderPass = "appid;uid"\n[engines.a]\n[engines.b]\nheaderPass = ["did"]\n').config
    assert config.aiges.header_pass == ("appid", "uid", "device.imei")
    assert config.engines["a"].header_pass == config.aiges.header_pass
    assert config.engines["b"].header_pass == ("did", "uid", "device.imei")


@pytest.mark.parametrize(
    ("command", "python"),
    [
        ("/opt/venv/bin/python3 -m aiges.serve", "/opt/venv/bin/python3"),
        ("/usr/bin/env python -m aiges.serve", ""),
        ("python -m aiges.serve", ""),
        ("/usr/bin/sh x", ""),
        ("'", ""),
        ("", ""),
    ],
)
def test_interpreter_of_the_plugin_command(command: str, python: str, here: Path) -> None:
    assert load(None, flags={"aiges.pythonPluginCmd": command}).config.engines["svcName"].python == python


@pytest.mark.parametrize(("kind", "isolate"), [("c", "none"), ("python", "process"), ("auto", "auto")])
def test_where_an_engine_runs(kind: str, isolate: str, here: Path) -> None:
    assert load(None, flags={"engine.kind": kind}).config.engines["svcName"].isolate == isolate
    both = {"engine.kind": kind, "engine.isolate": "none"}
    assert load(None, flags=both).config.engines["svcName"].isolate == "none"


def test_engine_times_are_seconds(here: Path) -> None:
    text = "[svcName]\nrate = 5\n[fc]\nmax = 2\nttl = 2500\nqueueWait = 100\n[aiges]\nwrapperDelayDetectPeriod = 3\n"
    engine = read(text).config.engines["svcName"]
    assert (engine.ttl, engine.queue_wait, engine.rate, engine.hang_after) == (2.5, 0.1, 0.005, 3)
    assert (engine.max, engine.best, engine.workers) == (2, 2, 1)


def test_one_engine_takes_all_sections(here: Path) -> None:
    Path("s.json").write_text('{"schemainput": {}}')
    text = '[engine]\npath = "echo"\nworkers = "auto"\n[http]\nroutes = "/v1/a"\nschema = "s.json"\n'
    engine = read(text, env={"AIGES_WRAPPER_VERSION": "3"}).config.engines["svcName"]
    assert (engine.path, engine.workers, engine.routes) == ("echo", cpu_count(), ("/v1/a",))
    assert (engine.schema, engine.version, engine.name) == ("s.json", "3", "svcName")


ENGINES = """\
[fc]
max = 4
best = 3
ttl = 5000
[aiges]
asyncMode = true
[engine]
path = "not-shared"
isolate = "none"
[wrapper]
"common.lic" = 1
model = "small"
[engines.ocr]
path = "ocr"
kind = "python"
max = 2
workers = 3
routes = ["/v1/ocr"]
ttl = 1000
[engines.ocr.wrapper]
model = "large"
[engines.tts]
isolate = "process"
asyncMode = false
"""


def test_several_engines(here: Path) -> None:
    loaded = read(ENGINES)
    ocr, tts = loaded.config.engines.values()
    assert (ocr.name, ocr.path, ocr.kind, ocr.isolate, ocr.workers) == ("ocr", "ocr", "python", "none", 3)
    assert (ocr.max, ocr.best, ocr.ttl, ocr.async_mode, ocr.routes) == (2, 2, 1.0, True, ("/v1/ocr",))
    assert (tts.name, tts.path, tts.kind, tts.isolate, tts.workers) == ("tts", None, "auto", "process", 1)
    assert (tts.max, tts.best, tts.ttl, tts.async_mode, tts.routes) == (4, 3, 5.0, False, ())
    assert ocr.wrapper == {"common.lic": "1", "model": "large"} and tts.wrapper["model"] == "small"
    assert loaded.origin("engines.ocr.max") == "file aiges.toml:16"
    assert loaded.origin("engines.tts.max") == "file aiges.toml:2"
    assert loaded.origin("engines.tts.path") == "default"
    assert loaded.origin("engines.ocr.wrapper.model") == "file aiges.toml:21"
    assert loaded.origin("engines.ocr.wrapper.common.lic") == "file aiges.toml:11"
    rows = {f"{row.section}.{row.key}": row.value for row in describe(loaded)}
    assert rows["engines.ocr.ttl"] == 1000 and rows["engines.tts.ttl"] == 5000 and rows["engines.tts.path"] == ""
    assert loaded.findings == ()


def test_schema_files_are_read_with_the_configuration(here: Path) -> None:
    (here / "conf").mkdir()
    (here / "conf/s.json").write_text('{"schemainput": {}, "meta": {"serviceId": "speak"}}')
    (here / "conf/aiges.toml").write_text('[fc]\nmax = 1\n[http]\nschema = "s.json"\n')
    declared = load(here / "conf/aiges.toml").config.engines["svcName"].declared
    assert declared is not None and declared.service_id == "speak", "found beside the configuration"
    error = fails('[engines.a]\nschema = "conf/s.json"\n[engines.b]\nmax = 1\nschema = "none.json"\n')
    assert str(error) == "aiges.toml:5: [engines.b].schema = 'none.json': there is no such file"
    Path("broken.json").write_text("{")
    assert str(fails("", env={"AIGES_HTTP__SCHEMA": "broken.json"})).startswith(
        "AIGES_HTTP__SCHEMA: [http].schema = 'broken.json': broken.json:1: no JSON"
    )


def test_what_only_one_engine_can_have_is_nobodys_beside_engines(here: Path) -> None:
    loaded = read('[http]\nschema = "none.json"\nroutes = "/a"\n[engines.a]\nmax = 1\n')
    assert loaded.config.engines["a"].declared is None and loaded.config.engines["a"].routes == ()
    assert told(loaded, "doubtful") == [
        "aiges.toml:3: [http].routes: no effect beside [engines]; give each engine its own",
        "aiges.toml:2: [http].schema: no effect beside [engines]; give each engine its own",
    ]


def test_engines_from_flags_and_environment(here: Path) -> None:
    env = {
        "AIGES_ENGINES__OCR__MAX": "7",
        "AIGES_ENGINES__NEW_ONE__PATH": "x",
        "AIGES_ENGINES__OCR__WRAPPER__MODEL": "tiny",
        "AIGES_ENGINES__OCR__WRAPPER__LOG__LEVEL": "info",
    }
    flags = {"engines.ocr.queueWait": "2s", "engines.tts.wrapper.a.b": 1}
    loaded = read(ENGINES, env=env, flags=flags)
    engines = loaded.config.engines
    assert list(engines) == ["ocr", "tts", "new_one"]
    assert engines["ocr"].max == 7 and engines["ocr"].queue_wait == 2 and engines["new_one"].path == "x"
    assert engines["ocr"].wrapper == {"common.lic": "1", "model": "tiny", "log.level": "info"}
    assert engines["tts"].wrapper["a.b"] == "1"


def test_a_wrong_key_of_an_engine(here: Path) -> None:
    error = fails("[engines.a]\n\nmax = 0\nwrapper = 1\n")
    assert str(error).splitlines()[0] == "aiges.toml:3: [engines.a].max = 0: expected a whole number, 1 or more"
    assert error.key == "engines.a.max" and error.value == 0
    loaded = read("[engines.a]\nwrapper = 1\n")
    assert told(loaded, "unknown") == ["aiges.toml:2: [engines.a].wrapper: unknown"]


# --- where it listens -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "flags", "env", "http", "health", "origin"),
    [
        ("", {}, {}, "127.0.0.1:1888", "127.0.0.1:1889", "default"),
        ('[wrapper]\nhttp_listen = ":1"\n', {}, {}, "0.0.0.0:1", "0.0.0.0:2", "file aiges.toml:2"),
        (
            '[wrapper]\nhttp_listen = ":1"\n[svcName]\nhttp_listen = ":3"\n', {}, {},
            "0.0.0.0:3", "0.0.0.0:4", "file aiges.toml:4",
        ),
        ('[svcName]\nhttp_listen = ":3"\n[http]\nlisten = "a:5"\n', {}, {}, "a:5", "a:6", "file aiges.toml:4"),
        ('[http]\nlisten = ""\n[svcName]\nhttp_listen = ":3"\n', {}, {}, "0.0.0.0:3", "0.0.0.0:4", "file aiges.toml:4"),
        (
            '[http]\nlisten = "a:5"\n', {}, {"AIGES_SVCNAME__HTTP_LISTEN": "b:7"},
            "b:7", "b:8", "env AIGES_SVCNAME__HTTP_LISTEN",
        ),
        ('[http]\nlisten = "a:5"\n', {"http.listen": "[::]:9"}, {}, "[::]:9", "[::]:10", "flag"),
        ('[http]\nlisten = "a:0"\n', {}, {}, "a:0", "a:0", "file aiges.toml:2"),
        ('[http]\nlisten = "a:5"\n[health]\nlisten = "b:5"\n', {}, {}, "a:5", "b:5", "file aiges.toml:2"),
    ],
)  # fmt: skip
def test_listen(text: str, flags: Any, env: Any, http: str, health: str, origin: str, here: Path) -> None:
    loaded = read(text, flags=flags, env=env)
    assert (str(loaded.config.listen.http), str(loaded.config.listen.health)) == (http, health)
    assert (loaded.config.http.listen, loaded.config.health.listen) == (http, health)
    assert loaded.origin("http.listen") == origin


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('[wrapper]\nhttp_listen = "x"\n', ":2: [wrapper].http_listen = 'x': expected HOST:PORT"),
        ('[http]\nlisten = ":65536"\n', "0 to 65535"),
        ('[http]\nlisten = ":65535"\n', "[health].listen: missing, and no port is above that of HTTP"),
        ('[http]\nlisten = "a:5"\n[health]\nlisten = ":5"\n', ":4: [health].listen = ':5': 0.0.0.0:5 is taken by HTTP"),
        ('[svcName]\nhost = "0.0.0.0"\nport = 5\n[http]\nlisten = "a:5"\n', "HTTP on a:5 clashes with gRPC"),
        ('[svcName]\nhost = "0.0.0.0"\nport = 6\n[http]\nlisten = "a:5"\n', "health on a:6 clashes with gRPC"),
        ('[admin]\nlisten = "0.0.0.0:5"\n', "expected unix:PATH, or HOST:PORT with a host of the loopback"),
        ('[admin]\nlisten = "x"\n', "expected unix:PATH"),
    ],
)
def test_addresses_that_cannot_be(text: str, why: str, here: Path) -> None:
    assert why in str(fails(text))


@pytest.mark.parametrize("text", ["unix:/run/a.sock", "/run/a.sock", "localhost:5", "127.0.0.2:5", "[::1]:5"])
def test_admin_addresses(text: str, here: Path) -> None:
    admin = load(None, flags={"admin.listen": text}).config.listen.admin
    assert admin is not None and str(admin).endswith(text.removeprefix("unix:"))
    assert admin.clashes(admin)


# --- wrong together ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('[tls]\ncert = "c"\n', ":2: [tls].cert = 'c': [tls].key is missing"),
        ('[tls]\nkey = "c"\n', "[tls].cert is missing"),
        ('[auth]\nmode = "mtls"\n', "client certificates need [tls] cert, key and ca"),
        ('[auth]\nmode = "token"\n', "[auth].file is missing"),
        ('[auth]\nmode = "hmac"\n', "[auth].file is missing"),
        ('[config]\nsource = "http://a"\n', "expected file:… or etcd://… or zk://…"),
        ('[config]\nsource = "file:x"\nrequire = true\n', ":3: [config].require = true: [config].source names"),
        ('[engine]\nkind = "go-plugin"\n', ":2: [engine].kind = 'go-plugin': [aiges].pythonPluginCmd is missing"),
        ('[engines.a]\nkind = "go-plugin"\n', ":2: [engines.a].kind = 'go-plugin'"),
    ],
)  # fmt: skip
def test_what_needs_another_key(text: str, why: str, here: Path) -> None:
    assert why in str(fails(text))


def test_what_has_its_other_key(here: Path) -> None:
    config = read(
        '[tls]\ncert = "c"\nkey = "k"\nca = "a"\n[auth]\nmode = "mtls"\n'
        '[config]\nsource = "etcd://a"\nrequire = true\n[engine]\nkind = "go-plugin"\n[aiges]\npythonPluginCmd = "x"\n'
    ).config
    assert config.tls.cert == "c" and config.auth.mode == "mtls" and config.centre.require


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('[trace]\nable = 0\n[otel]\nendpoint = "a"\n', ":2: [trace].able = 0 also turns [otel] off"),
        ("[aiges]\nstorageData = true\n", "nothing is stored without storageDir"),
        ("[svcName]\nfinder = 1\n", ":2: [svcName].finder: there is nowhere to register"),
    ],
)
def test_what_is_doubtful(text: str, why: str, here: Path) -> None:
    (found,) = told(read(text), "doubtful")
    assert why in found


def test_tracing(here: Path) -> None:
    assert load(None, flags={"otel.endpoint": "a"}).config.tracing
    assert not load(None, flags={"otel.endpoint": "a", "trace.able": 0}).config.tracing
    assert not load(None).config.tracing
