"""A thread with a queue and a model."""

from aiges_native.sdk.sessions import InferClass as InferClass
from aiges_native.sdk.sessions import Worker as Worker
