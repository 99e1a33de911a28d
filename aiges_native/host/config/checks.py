"""Values that are right by themselves and wrong together."""

from __future__ import annotations

from .errors import Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from .config import Config
    from .reader import Reader

SCHEMES = ("etcd://", "zk://")


def check(reader: Reader, config: Config) -> list[Finding]:
    """What is doubtful; what cannot be is added to the reader's faults."""
    _check_safety(reader, config)
    _check_sources(reader, config)
    _check_origins(reader, config)
    _check_engines(reader, config)
    return [
        Finding("doubtful", f"{reader.shown(section)}.{key}", text, given.place, given.line)
        for section, key, text in _doubtful(reader, config)
        for given in [reader.source(section, key)]
    ]


def _check_safety(reader: Reader, config: Config) -> None:
    tls, auth = config.tls, config.auth
    if bool(tls.cert) != bool(tls.key):
        given, missing = ("cert", "key") if tls.cert else ("key", "cert")
        reader.fault("tls", given, f"[tls].{missing} is missing")
    if auth.mode == "mtls" and not (tls.cert and tls.ca):
        reader.fault("auth", "mode", "client certificates need [tls] cert, key and ca")
    if auth.mode in ("token", "hmac") and not auth.file:
        reader.fault("auth", "mode", "[auth].file is missing")


def _check_sources(reader: Reader, config: Config) -> None:
    for section, source, schemes in (
        ("config", config.centre.source, ("file:", *SCHEMES)),
        ("discovery", config.discovery.source, SCHEMES),
    ):
        if source and not source.startswith(schemes):
            expects = " or ".join(f"{scheme}…" for scheme in schemes)
            reader.fault(section, "source", f"expected {expects}", expects)
    if config.centre.require and not config.centre.source.startswith(SCHEMES):
        reader.fault("config", "require", "[config].source names no centre")


def _check_origins(reader: Reader, config: Config) -> None:
    if not config.http.fetch_allow:
        return
    from aiges_native.host.fetch import Origin

    for origin in config.http.fetch_allow:
        try:
            Origin.parse(origin)
        except ValueError as error:
            reader.fault("http", "fetchAllow", f"'{origin}' is no origin, expected {error}", str(error))


def _check_engines(reader: Reader, config: Config) -> None:
    for name, engine in config.engines.items():
        if engine.kind == "go-plugin" and not config.aiges.python_plugin_cmd:
            section = "engine" if name == config.name else f"engines.{name}"
            reader.fault(section, "kind", "[aiges].pythonPluginCmd is missing")


def _doubtful(reader: Reader, config: Config) -> Iterator[tuple[str, str, str]]:
    """(section, key, sentence)."""
    if config.otel.endpoint and not config.trace.able:
        yield "trace", "able", "[trace].able = 0 also turns [otel] off: no spans are sent"
    if config.aiges.storage_data and not config.aiges.storage_dir:
        yield "aiges", "storageData", "[aiges].storageData: nothing is stored without storageDir"
    if reader.layers.engines():
        for key in ("routes", "schema"):
            if getattr(config.http, key):
                yield "http", key, f"[http].{key}: no effect beside [engines]; give each engine its own"
    centre = config.discovery.source or config.centre.source
    if config.service.finder and not centre.startswith(SCHEMES):
        text = f"[{config.name}].finder: there is nowhere to register without [discovery] source"
        yield "service", "finder", text
    if config.aiges.usr_cfg and reader.document.content.get("wrapper"):
        yield "aiges", "usrCfg", f"[aiges].usrCfg: '{config.aiges.usr_cfg}' replaces [wrapper]"
