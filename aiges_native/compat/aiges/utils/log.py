"""Loggers of wrappers."""

from aiges_native.sdk.logs import fmt as fmt
from aiges_native.sdk.logs import getFileLogger as getFileLogger
from aiges_native.sdk.logs import getLogger as getLogger
from aiges_native.sdk.logs import level as level
from aiges_native.sdk.logs import log as log
from aiges_native.sdk.logs import logpath as logpath
