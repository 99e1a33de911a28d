"""Constants of the AIGES SDK."""

from aiges_native.sdk.constants import *  # noqa: F403
