"""The base of session pools."""

from aiges_native.sdk.sessions import Pool as Pool
