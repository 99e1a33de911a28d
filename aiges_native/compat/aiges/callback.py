"""Results by callback."""

from aiges_native.sdk import callback as callback
