"""What the codec knows of one engine: its name, what it declares, how its requests are judged and answered."""

from __future__ import annotations

from aiges_native.host.protocol.errors import BAD_VALUE, ProtocolError
from aiges_native.host.protocol.memory import Memory
from aiges_native.host.protocol.names import RESERVED, field_of, pointer, shown
from aiges_native.host.protocol.told import told_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any, Protocol

    from aiges_native.host.protocol.parameters import Parameters
    from aiges_native.host.protocol.replies import Opening
    from aiges_native.host.protocol.request import Request

    class Param(Protocol):
        """A declared parameter, as the SDK's ``ParamField``."""

        key: str

        def problem(self, text: Any) -> str | None: ...

    class Payload(Protocol):
        """A declared block, as the SDK's ``PayloadField``."""

        key: str
        data_type: Any

    class Schema(Protocol):
        """Compiled checks: ``whole`` of requests, ``payload`` of later frames of a stream. Each gives (names on the
        way to a value, what is wrong with it)."""

        @property
        def whole(self) -> Callable[[Any], Iterable[tuple[tuple[str, ...], str]]]: ...
        @property
        def payload(self) -> Callable[[Any], Iterable[tuple[tuple[str, ...], str]]]: ...
        def typed(self, service_id: str, name: str, text: str) -> Any:
            """The JSON value that a parameter given as text is."""

    Violation = Callable[[str, str], object]
    Dropped = Callable[[str], object]

#: Longest text of a parameter whose verdict is remembered.
REMEMBERED_LENGTH = 128


class Service:
    """Facts about one engine.

    ``inputs``, ``outputs``, ``params`` are the SDK's fields; None: nothing is declared (C engines). ``header_pass``
    names the headers copied to the engine's parameters. ``reply`` "compat" or "typed". ``validate`` "strict" refuses
    what the declarations do not allow (10107), "compat" reports it to ``on_violation(path, sentence)`` and serves it.
    ``on_dropped(key)`` hears of outputs that no reply carries. ``frame_numbers`` names attributes, of ``seq`` and
    ``status``, that are numbers in stream replies because the service's own schema says so. ``schema``: the compiled
    checks of a schema of whole requests. ``not_fetched(url)`` says why the data at an address is not fetched, None if
    it is; without it none is.
    """

    def __init__(
        self,
        service_id: str,
        *,
        inputs: Iterable[Payload] | None = None,
        outputs: Iterable[Payload] | None = None,
        params: Iterable[Param] | None = None,
        header_pass: Iterable[str] = (),
        reply: str = "compat",
        validate: str = "compat",
        on_violation: Violation | None = None,
        on_dropped: Dropped | None = None,
        frame_numbers: Iterable[str] = (),
        schema: Schema | None = None,
        not_fetched: Callable[[str], str | None] | None = None,
    ) -> None:
        for name, value, words in (("reply", reply, ("compat", "typed")), ("validate", validate, ("compat", "strict"))):
            if value not in words:
                raise ValueError(f"{name} is {value!r}, expected {' or '.join(map(repr, words))}")
        self.id = service_id
        self.inputs = _types(inputs)
        self.outputs = _types(outputs)
        # sid is the host's own word, and so is what begins with `aiges.`
        self.header_pass = tuple(name for name in header_pass if name != "sid" and not name.startswith(RESERVED))
        self.typed = reply == "typed"
        self.strict = validate == "strict"
        self.on_violation = on_violation
        self.on_dropped = on_dropped
        self.frame_numbers = frozenset(frame_numbers)
        self.schema = schema
        self.not_fetched = not_fetched
        self._checks = [_ParamCheck(param) for param in {param.key: param for param in params or ()}.values()]
        #: What earlier requests had: texts of ``parameter``, keys of blocks; how blocks of replies begin.
        self.parameters: Memory[bytes, Parameters] = Memory()
        self.keys: Memory[str, bool] = Memory()
        self.openings: Memory[tuple[object, ...], Opening] = Memory()
        #: Whether there is anything to check; asked once a request.
        self.declares = bool(self._checks or self.inputs or schema)

    def check(self, request: Request) -> None:
        """Compares a request with the declarations. Errors: 10107, if the service is strict."""
        params = request.params
        for check in self._checks:
            problem = check(params.get(check.key))
            if problem is not None:
                self._violated(pointer("parameter", self.id, check.key), problem)
        self.check_inputs(request)

    def check_inputs(self, request: Request) -> None:
        """The part of :meth:`check` that concerns the blocks: all of it for later frames of a stream."""
        inputs = self.inputs
        if not inputs:
            return
        for node in request.nodes:
            declared = inputs.get(node.key, node.type)
            if declared != node.type:
                sentence = f"payload {shown(node.key)} is {field_of(node.type)}, expected {field_of(declared)}"
                self._violated(pointer("payload", node.key), sentence)

    def check_schema(self, request: Request, text: bytes, *, later: bool = False) -> None:
        """Compares a request, whose JSON is ``text``, with the schema; one that waits for data keeps what it told.

        ``later``: it is a frame of a stream, and not the first. Errors: 10107, if the service is strict.
        """
        told, request.told = request.told, None
        if told is None:
            told = told_in(text)
        if request.fetches:
            request.told = told
        else:
            self.check_told(told, later=later)

    def check_told(self, told: dict[str, Any], *, later: bool = False) -> None:
        """The same for what a request told, complete with its data."""
        if self.schema is not None:
            for names, sentence in (self.schema.payload if later else self.schema.whole)(told):
                self._violated(pointer(*names), sentence)

    def dropped(self, key: str) -> None:
        """An output that no reply carries."""
        if self.on_dropped is not None:
            self.on_dropped(key)

    def only_input(self) -> str:
        """The key of the one declared input, ``data`` for an engine that declares nothing. Errors: 10001."""
        if self.inputs is None:
            return "data"
        if len(self.inputs) == 1:
            return next(iter(self.inputs))
        names = ", ".join(map(shown, self.inputs)) or "none"
        raise ProtocolError(10001, f"a raw body is one input, and this service has {names}; send multipart/form-data")

    def _violated(self, path: str, sentence: str) -> None:
        if self.strict:
            raise ProtocolError(BAD_VALUE, sentence, path)
        if self.on_violation is not None:
            self.on_violation(path, sentence)


class _ParamCheck:
    """``problem`` of one parameter; its verdicts on short texts are remembered, as requests repeat themselves."""

    __slots__ = ("_problem", "_verdicts", "key")

    def __init__(self, param: Param) -> None:
        self.key = param.key
        self._problem = param.problem
        self._verdicts: Memory[str | None, str | None] = Memory()

    def __call__(self, text: str | None) -> str | None:
        try:
            return self._verdicts[text]
        except KeyError:
            pass
        verdict = self._problem(text)
        if text is None or len(text) <= REMEMBERED_LENGTH:
            self._verdicts.keep(text, verdict)
        return verdict


def _types(fields: Iterable[Payload] | None) -> Mapping[str, int] | None:
    return None if fields is None else {field.key: int(field.data_type) for field in fields}
