"""Names that AIGES's loader offers to wrappers; all of them are those of :mod:`aiges_native.sdk`."""

from aiges_native.sdk.dto import *  # noqa: F403
