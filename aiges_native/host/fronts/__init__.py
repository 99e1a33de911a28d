"""HTTP and WebSocket fronts: an ASGI application over the session core."""

from aiges_native.host.fronts.app import App
from aiges_native.host.fronts.ending import Ending
from aiges_native.host.fronts.exhibit import Exhibit, FrontSettings

__all__ = ["App", "Ending", "Exhibit", "FrontSettings"]
