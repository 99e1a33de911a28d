"""Data classes and constants of the AIGES SDK."""

from aiges_native.sdk.dto import *  # noqa: F403
