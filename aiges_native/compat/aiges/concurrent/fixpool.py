"""A bounded box of workers."""

from aiges_native.sdk.sessions import FixedPool as FixedPool
from aiges_native.sdk.sessions import Pool as Pool
from aiges_native.sdk.sessions import Worker as Worker
