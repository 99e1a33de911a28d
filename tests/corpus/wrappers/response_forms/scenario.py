from corpus.scenario import (
    BAD_RESPONSE,
    BAD_RETURN,
    IMAGE,
    RAISED,
    Exec,
    Failure,
    Item,
    Local,
    Scenario,
    text,
)


def r(*datas):
    return [text("r", data) for data in datas]


FORMS = {
    "kept": r("kept"),
    "subclass": r("subclass"),
    "look-alike": r("look-alike"),
    "copied": r("copied"),
    "pickled": r("pickled"),
    "cut": r("abc"),
    "too long": r("abcdef"),
    "zero len": r(""),
    "first": r("first"),
    "appended": r("appended"),
    "plus": r("p", "lus"),
    "node": r("node"),
    "described": [Item("r", b"d", desc=(("rate", "16000"),))],
    "later": r("later"),
    "str": r("ünï"),
    "memoryview": r("mem"),
    "array": r(b"\1\0\2\0"),
    "numpy": r(b"\1\2\3\4"),
    "numpy strided": r(b"\0\2\4"),
    "numpy scalar": r(b"\0\0\x80\x3f"),
    "loader order": r(""),
    "keyword": [Item("r", b"kw", IMAGE)],
    "keyword len": r("ab"),
    "str subclass": r("text"),
    "surrogate": Failure(RAISED),
    "empty numpy": r(""),
    "fortran": r(b"\1\2\3\4"),
    "read-only": r("ro"),
    "big endian": r(b"\0\1"),
    "bool array": r(b"\1\0"),
    "object array": Failure(RAISED),
    "list of ints": Failure(RAISED),
    "generator itself": Failure(BAD_RETURN),
    "nul in key": Failure(BAD_RESPONSE),
    "many": r(*map(str, range(300))),
    "joined": r("a", "b"),
    "bytes key": r("k"),
    "deque": r("deque"),
    "generator": r("0", "1"),
    "none": Failure(RAISED),
    "int": Failure(RAISED),
    "no key": Failure(RAISED),
    "nested": Failure(BAD_RESPONSE),
    "item alone": Failure(BAD_RETURN),
    "code and items": Failure(9, "nine"),
}

FIELDS = {"inputs": ["form"], "params": [], "accepts": []}
SCENARIOS = {
    "": Scenario(
        [Exec([text("form", form)], gives) for form, gives in FORMS.items()] * 2,
        local=(
            Local(results=[r("kept")]),
            Local({"inputs": {"form": "cut"}}, ok=False, results=[r("abc")], reason="len 3"),
            Local({"inputs": {"form": "str"}}, results=[r("ünï")]),
            Local({"inputs": {"form": "nested"}}, ok=False, code=BAD_RESPONSE),
            Local({"inputs": {"form": "code and items"}}, ok=False, code=9, reason="nine"),
        ),
    )
}
