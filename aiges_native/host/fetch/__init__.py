"""Data that a request names by its address, fetched from the origins that the configuration lists.

Names are imported on first use: a service that fetches nothing loads neither TLS nor HTTP for it.
"""

from __future__ import annotations

from aiges_native.late_names import late_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .errors import FetchError
    from .fetcher import Fetcher
    from .origins import Origin, Origins

_HOMES = {"FetchError": "errors", "Fetcher": "fetcher", "Origin": "origins", "Origins": "origins"}

__all__ = ["FetchError", "Fetcher", "Origin", "Origins"]

__getattr__, __dir__ = late_names(__name__, _HOMES)
