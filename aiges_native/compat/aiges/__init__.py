"""Names of the AIGES SDK; all of them are those of :mod:`aiges_native.sdk`."""

from aiges_native.paths import __version__ as __version__
from aiges_native.sdk import DataListCls as DataListCls
from aiges_native.sdk import DataListNode as DataListNode
from aiges_native.sdk import Response as Response
from aiges_native.sdk import ResponseData as ResponseData
from aiges_native.sdk import SessionCreateResponse as SessionCreateResponse
from aiges_native.sdk.constants import EXIT_SIG as EXIT_SIG
from aiges_native.sdk.retired import explain as _explain

_explain()
