"""What would go wrong with a wrapper, told without running its model: nothing of it is called but its constructor."""

from aiges_native.sdk.checking.check import check
from aiges_native.sdk.checking.finding import Finding

__all__ = ["Finding", "check"]
