"""One engine: opened, started, and shown to clients."""

from __future__ import annotations

import math
import re
import sys
from pathlib import Path

import aiges_native
from aiges_native import Executor
from aiges_native.host.core import EnginePort, Limits, Service, Slots, TokenBucket, WindowLimit
from aiges_native.host.fronts import Exhibit
from aiges_native.host.fronts.documents import declared_openapi, general_openapi
from aiges_native.host.protocol import Service as Codec
from aiges_native.host.serving.canary import start_canary

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable
    from typing import Any

    from aiges_native import Engine
    from aiges_native.host.config import Config, EngineConfig
    from aiges_native.host.core.canary import Canary
    from aiges_native.host.core.service import Limiter
    from aiges_native.host.schema import SchemaFile

_SPARE_THREADS = 2  # to destroy sessions while every slot is in a call


class OpenEngine:
    """An engine that has started: ``engine``, its ``executor``, and the ``exhibit`` that clients see."""

    def __init__(self, config: EngineConfig, engine: Engine, wrapper: Any) -> None:
        self.config = config
        self.engine = engine
        self.wrapper = wrapper
        self.executor: Executor
        self.exhibit: Exhibit
        self.canary: Canary | None = None

    def show(
        self,
        whole: Config,
        loop: asyncio.AbstractEventLoop,
        finished: Callable[..., object],
        violated: Callable[[str, str], object] | None = None,
    ) -> None:
        """Makes the executor and the exhibit; on the loop's thread.

        ``finished(ending)`` hears of each request's end, ``violated(path, sentence)`` of what was served although the
        engine's declarations do not allow it.
        """
        config = self.config
        bounds = whole.limits
        self.executor = Executor(config.max + _SPARE_THREADS, loop)
        port = EnginePort(
            self.engine,
            self.executor,
            most_pieces=bounds.output_pieces,
            most_bytes=bounds.output_bytes,
            callback_wait=bounds.callback_wait,
        )
        core = Service(
            config.name,
            port,
            loop,
            Slots(config.max, config.queue),
            limiters=_limiters(config, loop.time()),
            limits=Limits(bounds.input_frames, bounds.input_bytes),
            queue_wait=config.queue_wait,
            hang_after=config.hang_after,
            async_mode=config.async_mode,
            real_time=config.real_time,
        )
        service_id, routes = _routes(config, self.wrapper)
        codec = _codec(service_id, config, whole, self.wrapper, core, violated)
        document = _openapi(config.declared, self.wrapper, service_id, routes)
        self.exhibit = Exhibit(routes, codec, core, document, finished, _has_sessions(self.wrapper))
        self.canary = start_canary(config, core, self.wrapper)


def open_engine(config: EngineConfig) -> OpenEngine:
    """Opens and starts an engine: its ``wrapperInit`` has returned. Raises AigesError or LoadFault.

    A Python wrapper's own object tells its declarations; it is the one that serves.
    """
    path = config.path or config.name
    file = _wrapper_file(path)
    settings: dict[str, Any] = dict(config.wrapper)
    if config.python and "python.executable" not in settings:
        settings["python.executable"] = config.python
    if file is None:
        return OpenEngine(config, aiges_native.open(path, settings), None)
    settings.setdefault("aiges.interrupt_after_ms", math.ceil(config.interrupt_after * 1000))
    from aiges_native.sdk.runner import load_target, open_target

    target = load_target(file)
    return OpenEngine(config, open_target(target, {key: str(value) for key, value in settings.items()}), target.wrapper)


def _wrapper_file(path: str) -> Path | None:
    """The ``wrapper.py`` that a path or name means; None: another kind of engine."""
    place = Path(path)
    if place.suffix == ".py" and place.is_file():
        return place
    if (place / "wrapper.py").is_file():
        return place / "wrapper.py"
    if "/" in path or place.suffix == ".so":
        return None
    from aiges_native.host.serving.discovery import engines_in, library_folders

    for found in engines_in(library_folders()):
        if found.name == path and found.path.suffix != ".so":
            return found.path / "wrapper.py" if found.path.is_dir() else found.path
    return None


def _limiters(config: EngineConfig, now: float) -> tuple[Limiter, ...]:
    limiters: list[Limiter] = []
    if config.rate:
        limiters.append(TokenBucket(config.rate, config.burst, now))
    if config.router == "qpsLimiter":
        limiters.append(WindowLimit(config.max, config.ttl, now))
    return tuple(limiters)


def _routes(config: EngineConfig, wrapper: Any) -> tuple[str, tuple[str, ...]]:
    """The service id, and the paths: those of the configuration, of its schema file, of the class, or the one made of
    its name."""
    declared, schema = getattr(wrapper, "serviceId", None), config.declared
    service_id = declared if isinstance(declared, str) and declared else _safe(config.name)
    if schema is not None and schema.service_id:
        service_id = schema.service_id
    if config.routes:
        return service_id, config.routes
    if schema is not None and (schema.routes or schema.service_id):
        return service_id, schema.routes or (f"/{schema.version or 'v1'}/private/{service_id}",)
    route = getattr(wrapper, "route", None)
    if isinstance(route, str) and route:
        return service_id, (route,)
    if isinstance(route, (list, tuple)) and route:
        return service_id, tuple(map(str, route))
    version = getattr(wrapper, "version", None)
    return service_id, (f"/{version if isinstance(version, str) and version else 'v1'}/private/{service_id}",)


def _has_sessions(wrapper: Any) -> bool:
    """Whether it may have them: a library always exports their functions."""
    if wrapper is None:
        return True
    from aiges_native.sdk.abilities import capabilities

    return "stream" in capabilities(wrapper)


def _safe(name: str) -> str:
    return re.sub(r"[^\w.-]", "-", name)


def _codec(
    service_id: str,
    config: EngineConfig,
    whole: Config,
    wrapper: Any,
    core: Service,
    violated: Callable[[str, str], object] | None,
) -> Codec:
    declared: dict[str, Any] = {}
    schema = config.declared
    if schema is not None:
        declared = {"inputs": schema.inputs, "outputs": schema.outputs or None, "schema": schema.checks}
        declared["frame_numbers"] = schema.numbers
    elif wrapper is not None and (getattr(wrapper, "requestCls", None) or getattr(wrapper, "responseCls", None)):
        from aiges_native.sdk.fields import collect

        fields = collect(wrapper)
        declared = {"inputs": fields.inputs, "outputs": fields.accepts or None, "params": fields.params}
    if whole.http.fetch_allow:
        from aiges_native.host.fetch import Origins

        declared["not_fetched"] = Origins(whole.http.fetch_allow).problem
    return Codec(
        service_id,
        header_pass=config.header_pass,
        reply=whole.http.reply,
        validate=_validation(config, wrapper),
        on_violation=violated,
        on_dropped=lambda key: core.dropped("unlisted"),
        **declared,
    )


def _validation(config: EngineConfig, wrapper: Any) -> str:
    """``auto``: strict with a schema file, and for wrappers of this project's own SDK, whose authors have seen their
    declarations enforced."""
    if config.validate != "auto":
        return config.validate
    if config.declared is not None:
        return "strict"
    file = getattr(sys.modules.get(type(wrapper).__module__), "__file__", None)
    try:
        text = Path(file).read_text(encoding="utf-8", errors="replace") if file else ""
    except OSError:
        text = ""
    return "strict" if re.search(r"^\s*(?:from|import)\s+aiges_native\.sdk\b", text, re.MULTILINE) else "compat"


def _openapi(schema: SchemaFile | None, wrapper: Any, service_id: str, routes: tuple[str, ...]) -> dict[str, Any]:
    if schema is not None:
        from aiges_native.host.schema.document import shown
        from aiges_native.host.schema.example import example_of

        asked, given = (shown(each, each) for each in (schema.input_schema, schema.output_schema))
        return declared_openapi(routes, service_id, schema.version or "v1", asked, given, example_of(schema))
    if wrapper is None:
        return general_openapi(routes, service_id)
    from aiges_native.sdk.schema import openapi

    try:
        document = openapi(wrapper, service_id)
    except (TypeError, ValueError):
        return general_openapi(routes, service_id)
    # The document knows the class's own route; the configuration may have others.
    operations = next(iter(document["paths"].values()), None)
    if operations is not None:
        document["paths"] = dict.fromkeys(routes, operations)
    return document
