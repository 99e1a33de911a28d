"""What would go wrong with a wrapper, told without running its model: nothing of it is called but its constructor."""

from aiges_native.sdk.checking.finding import Finding
from aiges_native.sdk.checking.survey import check

__all__ = ["Finding", "check"]
