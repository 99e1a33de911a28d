"""What hosts do with a wrapper, and what they must see: the words that all hosts of the corpus share.

A scenario is a list of steps. A step says what is done and, in ``gives``, what every host must see of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import quote_from_bytes

TEXT, AUDIO, IMAGE, VIDEO, PERSONAL = 0, 1, 2, 3, 4
BEGIN, CONTINUE, END, ONCE = 0, 1, 2, 3

NOT_READY, TIMEOUT, MODULE_MISSING, MODULE_BROKEN, CLASS_MISSING, CONSTRUCTOR, METHOD_MISSING, SIGNATURE = (
    -20001, -20007, -20020, -20021, -20022, -20023, -20024, -20025,
)  # fmt: skip
RAISED, BAD_RETURN, BAD_RESPONSE, EMPTY_RESPONSE, UNKNOWN_HANDLE, UNKNOWN_RESOURCE = (
    -20030, -20031, -20032, -20033, -20004, -20012,
)  # fmt: skip


class Item(NamedTuple):
    """One node of a request or a response."""

    key: str
    data: bytes
    type: int = TEXT
    status: int = ONCE
    desc: tuple[tuple[str, str], ...] = ()


def text(key: str, data: str | bytes, status: int = ONCE) -> Item:
    return Item(key, data.encode() if isinstance(data, str) else data, TEXT, status)


def audio(key: str, data: bytes, status: int = ONCE) -> Item:
    return Item(key, data, AUDIO, status)


def image(key: str, data: bytes, status: int = ONCE) -> Item:
    return Item(key, data, IMAGE, status)


class Failure(NamedTuple):
    """A code and the text that the caller gets with it; ``""``: any text, but not none."""

    code: int
    text: str = ""


#: What a step gives: items, a failure, or the outcomes of several results.
Outcome = tuple[Item, ...] | Failure


def _quote(value: str | bytes) -> str:
    data = value.encode("utf-8", "surrogateescape") if isinstance(value, str) else value
    return quote_from_bytes(data, safe="")


@dataclass(frozen=True)
class Step:
    """``verb`` is the C host's word for it."""

    verb = ""

    def words(self) -> list[str]:
        """The step as words of the C host's scenario."""
        raise NotImplementedError

    def expected(self) -> Any:
        raise NotImplementedError


def param_words(params: dict[str, str]) -> list[str]:
    return [f"p:{_quote(key)}={_quote(value)}" for key, value in params.items()]


def item_words(items: list[Item]) -> list[str]:
    words = []
    for item in items:
        words.append(f"n:{_quote(item.key)}:{item.type}:{item.status}:{_quote(item.data)}")
        words += [f"d:{_quote(key)}={_quote(value)}" for key, value in item.desc]
    return words


def _outcome(gives: Any) -> Outcome:
    return gives if isinstance(gives, Failure) else tuple(gives or ())


@dataclass(frozen=True)
class Exec(Step):
    """wrapperExec. ``gives``: items or a Failure."""

    data: list[Item]
    gives: list[Item] | Failure
    params: dict[str, str] = field(default_factory=dict)
    tag: str | None = "tag"
    ids: tuple[int, ...] = ()
    verb = "exec"

    def words(self) -> list[str]:
        tag = [] if self.tag is None else [f"t:{_quote(self.tag)}"]
        return [*tag, *(f"i:{each}" for each in self.ids), *param_words(self.params), *item_words(self.data)]

    def expected(self) -> Outcome:
        return _outcome(self.gives)


@dataclass(frozen=True)
class Async(Exec):
    """wrapperExecAsync, which gives nothing or a Failure; its results are asked for by a Results step."""

    gives: list[Item] | Failure = field(default_factory=list)
    verb = "async"


@dataclass(frozen=True)
class Crowd(Exec):
    """The same wrapperExec on many threads at once, again and again; all must give the same."""

    threads: int = 8
    verb = "crowd"

    def words(self) -> list[str]:
        return [f"e:{self.threads}", *super().words()]


@dataclass(frozen=True)
class Create(Step):
    """wrapperCreate, as session ``name`` (a number); ``calls_back``: results come by callback under ``tag``."""

    name: int
    params: dict[str, str] = field(default_factory=dict)
    tag: str | None = "tag"
    gives: Failure | None = None
    calls_back: bool = True
    ids: tuple[int, ...] = ()
    verb = "create"

    def words(self) -> list[str]:
        tag = [] if self.tag is None else [f"t:{_quote(self.tag)}"]
        callback = ["c"] if self.calls_back else []
        ids = [f"i:{each}" for each in self.ids]
        return [f"s:{self.name}", *callback, *tag, *ids, *param_words(self.params)]

    def expected(self) -> Outcome:
        return _outcome(self.gives)


@dataclass(frozen=True)
class Write(Step):
    name: int
    data: list[Item]
    gives: Failure | None = None
    verb = "write"

    def words(self) -> list[str]:
        return [f"s:{self.name}", *item_words(self.data)]

    def expected(self) -> Outcome:
        return _outcome(self.gives)


@dataclass(frozen=True)
class Read(Step):
    """One wrapperRead."""

    name: int
    gives: list[Item] | Failure = field(default_factory=list)
    verb = "read"

    def words(self) -> list[str]:
        return [f"s:{self.name}"]

    def expected(self) -> Outcome:
        return _outcome(self.gives)


@dataclass(frozen=True)
class Fetch(Read):
    """wrapperRead until the last item: all items of all reads."""

    verb = "fetch"


@dataclass(frozen=True)
class Destroy(Step):
    name: int
    gives: Failure | None = None
    verb = "destroy"

    def words(self) -> list[str]:
        return [f"s:{self.name}"]

    def expected(self) -> Outcome:
        return _outcome(self.gives)


@dataclass(frozen=True)
class Cancel(Destroy):
    """The host says that nobody waits for the session any more."""

    verb = "cancel"


@dataclass(frozen=True)
class Load(Step):
    """wrapperLoadRes."""

    id: int
    data: list[Item]
    gives: Failure | None = None
    verb = "load"

    def words(self) -> list[str]:
        return [f"i:{self.id}", *item_words(self.data)]

    def expected(self) -> Outcome:
        return _outcome(self.gives)


@dataclass(frozen=True)
class Unload(Step):
    id: int
    gives: Failure | None = None
    verb = "unload"

    def words(self) -> list[str]:
        return [f"i:{self.id}"]

    def expected(self) -> Outcome:
        return _outcome(self.gives)


@dataclass(frozen=True)
class Results(Step):
    """Waits for results by callback under a tag: a list of items, or a Failure, for each."""

    tag: str | None
    gives: list[list[Item] | Failure]
    verb = "results"

    def words(self) -> list[str]:
        return [f"t:{_quote(self.tag or '')}", f"e:{len(self.gives)}"]

    def expected(self) -> list[Outcome]:
        return [_outcome(each) for each in self.gives]


@dataclass(frozen=True)
class Error(Step):
    """The text for a code."""

    code: int
    gives: str
    verb = "error"

    def words(self) -> list[str]:
        return [f"e:{self.code}"]

    def expected(self) -> Failure:
        return Failure(self.code, self.gives)


@dataclass(frozen=True)
class Meters(Step):
    """What the wrapper counted since the last time: (key, count) pairs."""

    gives: list[tuple[str, int]]
    verb = "meters"

    def words(self) -> list[str]:
        return []

    def expected(self) -> list[tuple[str, str]]:
        return [(key, str(value)) for key, value in self.gives]


@dataclass(frozen=True)
class Traces(Meters):
    """What the wrapper traced since the last time: (key, value) pairs."""

    gives: list[tuple[str, str]]  # type: ignore[assignment]
    verb = "traces"


@dataclass(frozen=True)
class Local:
    """One local run: its options, and what it must come to. ``results``: None where they are not looked at."""

    options: dict[str, Any] = field(default_factory=dict)
    ok: bool = True
    mode: str = "once"
    results: list[list[Item]] | None = None
    code: int = 0
    reason: str = ""
    warnings: tuple[str, ...] = ()
    error: str = ""
    metrics: dict[str, int] = field(default_factory=dict)
    traces: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Scenario:
    """What is done with one wrapper in one life of it. ``init`` and ``fini``: the Failure they give, or None."""

    steps: list[Step] = field(default_factory=list)
    config: dict[str, str] = field(default_factory=dict)
    init: Failure | None = None
    fini: Failure | None = None
    local: tuple[Local, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
