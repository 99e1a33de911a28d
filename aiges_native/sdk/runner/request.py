"""What a run sends: the test values of the fields, and what the user gives instead."""

from __future__ import annotations

from aiges_native._native.node import DataListNode
from aiges_native.sdk.constants import AUDIO, DataBegin, DataContinue, DataEnd, DataText, Once
from aiges_native.sdk.fields import collect
from aiges_native.sdk.runner.target import UsageError
from aiges_native.sdk.settings import as_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_NO_INPUT = (
    "the wrapper declares no inputs (requestCls has no body fields) and none were given; "
    "try run(inputs={'text': 'hello'}), or --input text=hello, or --input image:image=@photo.jpg"
)


class Request:
    """The nodes and params of one request, ready to be sent. ``warnings``: values outside their declared limits."""

    def __init__(
        self, wrapper: Any, inputs: dict[str, Any] | None = None, params: dict[str, Any] | None = None
    ) -> None:
        """``inputs``: key to bytes, str, buffer or DataListNode; ``params``: key to a value. They override and add.

        UsageError when nothing is left to send or a test file is missing.
        """
        fields = collect(wrapper)
        self.warnings: list[str] = []
        self.nodes = _nodes(fields.inputs, dict(inputs or {}))
        if not self.nodes:
            raise UsageError(_NO_INPUT)
        values = {field.key: field.test_value for field in fields.params}
        values.update(params or {})
        self.params = {str(key): as_text(value) for key, value in values.items() if value is not None}
        for field in fields.params:
            if field.declared_value() is None and field.key not in (params or {}):
                continue  # its author left the value open, and so may a client
            problem = field.problem(self.params.get(field.key))
            if problem:
                self.warnings.append(problem)

    def frames(self, count: int) -> Iterator[list[DataListNode]]:
        """The nodes of each write of a stream. Audio is cut into the frames, everything else goes whole into each."""
        if count < 1:
            raise UsageError(f"a stream has 1 frame or more, not {count}")
        for index in range(count):
            status = DataEnd if index == count - 1 else (DataContinue if index else DataBegin)
            yield [_frame(node, index, count, status) for node in self.nodes]


def _nodes(fields: list[Any], inputs: dict[str, Any]) -> list[DataListNode]:
    nodes = []
    for field in fields:
        if field.key in inputs:
            nodes.append(_node(field.key, inputs.pop(field.key), field.data_type))
            continue
        try:
            nodes.append(_node(field.key, field.test_value, field.data_type))
        except (OSError, ValueError) as error:
            raise UsageError(f"{error}; or give the input '{field.key}' yourself") from error
    return nodes + [_node(key, value, DataText) for key, value in inputs.items()]


def _node(key: str, value: Any, data_type: int) -> DataListNode:
    if isinstance(value, DataListNode):
        return DataListNode(key, value.data, value.type, Once)
    try:
        return DataListNode(key, value, data_type, Once)
    except TypeError as error:
        raise UsageError(f"input '{key}': {error}") from None


def _frame(node: DataListNode, index: int, count: int, status: int) -> DataListNode:
    data = node.data
    if node.type == AUDIO:
        size = -(-len(data) // count)
        size += size % 2  # samples of 16 bits stay whole
        data = data[index * size : (index + 1) * size]
    return DataListNode(node.key, data, node.type, status)
