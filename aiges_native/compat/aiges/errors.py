"""Error codes of the AIGES SDK."""

from aiges_native.sdk.codes import *  # noqa: F403
