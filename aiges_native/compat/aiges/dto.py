"""Data classes and constants of the AIGES SDK."""

from aiges_native.sdk import *  # noqa: F403
