"""Names of the AIGES SDK; all of them are those of :mod:`aiges_native.sdk`."""

from aiges_native.late_names import late_names
from aiges_native.sdk import DataListCls as DataListCls
from aiges_native.sdk import DataListNode as DataListNode
from aiges_native.sdk import Response as Response
from aiges_native.sdk import ResponseData as ResponseData
from aiges_native.sdk import SessionCreateResponse as SessionCreateResponse
from aiges_native.sdk.constants import EXIT_SIG as EXIT_SIG
from aiges_native.sdk.retired import explain as _explain

_explain()

__getattr__, __dir__ = late_names(__name__, {"__version__": "aiges_native.paths"})
