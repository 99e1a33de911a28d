"""The name under which wrappers in a checkout of the SDK imported it."""

from aiges.sdk import *  # noqa: F403
