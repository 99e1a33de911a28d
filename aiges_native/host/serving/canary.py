"""The canary of one engine: its request is what the engine's own declarations give as test values."""

from __future__ import annotations

import sys

from aiges_native import DataListNode
from aiges_native.host.core import Request
from aiges_native.host.core.canary import Canary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from aiges_native.host.config import EngineConfig
    from aiges_native.host.core import Service


def start_canary(config: EngineConfig, core: Service, wrapper: Any) -> Canary | None:
    """Starts it if the configuration has one; None: it has none, or there is nothing to send, which is told."""
    if not config.canary:
        return None

    def tell(sentence: str) -> None:
        print(f"engine '{config.name}': {sentence}", file=sys.stderr)

    try:
        params, nodes = _test_values(wrapper)
    except ValueError as error:
        tell(f"no canary request is sent: {error}")
        return None

    def request(sid: str) -> Request:
        copies = [DataListNode(node.key, node.data, node.type, node.status) for node in nodes]
        return Request(sid, {**params, "sid": sid}, copies)

    canary = Canary(core, request, config.canary, tell)
    canary.start()
    return canary


def _test_values(wrapper: Any) -> tuple[dict[str, str], list[DataListNode]]:
    """Params and nodes. ValueError: there are none."""
    if wrapper is None:
        raise ValueError("the engine declares no inputs with test values; a Python wrapper's requestCls does")
    from aiges_native.sdk.runner.request import Request as TestRequest
    from aiges_native.sdk.runner.target import UsageError

    try:
        test = TestRequest(wrapper)
    except UsageError as error:
        raise ValueError(str(error)) from None
    return test.params, test.nodes
