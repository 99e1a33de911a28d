"""HTTP and WebSocket fronts: an ASGI application over the session core."""

from aiges_native.host.fronts.app import App
from aiges_native.host.fronts.exhibit import Ending, Exhibit, FrontSettings

__all__ = ["App", "Ending", "Exhibit", "FrontSettings"]
