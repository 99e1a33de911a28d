"""Results by callback."""

from aiges_native.sdk import callback as callback
from aiges_native.sdk import set_up as set_up
