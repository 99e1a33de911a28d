"""The session core: what every transport shares."""

from aiges_native.host.core.admission import Slots, TokenBucket, WindowLimit
from aiges_native.host.core.outcome import Failure
from aiges_native.host.core.port import EnginePort, Request
from aiges_native.host.core.service import Limits, Service

__all__ = ["EnginePort", "Failure", "Limits", "Request", "Service", "Slots", "TokenBucket", "WindowLimit"]
