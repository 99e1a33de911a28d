"""The older name of :mod:`aiges.core.types`."""

from aiges_native.sdk.constants import *  # noqa: F403
