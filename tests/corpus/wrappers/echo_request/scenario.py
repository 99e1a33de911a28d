from corpus.scenario import (
    AUDIO,
    BEGIN,
    CONTINUE,
    EMPTY_RESPONSE,
    END,
    IMAGE,
    ONCE,
    Create,
    Crowd,
    Destroy,
    Exec,
    Failure,
    Item,
    Local,
    Results,
    Scenario,
    Write,
    text,
)

A = Item("a", b"hello world", IMAGE, ONCE, (("rate", "8"),))
B = Item("b", b"", 9)
BIG = Item("a", bytes(range(256)) * 1200)


def echoed(how, items, gives):
    return Exec(items, gives, {"how": how})


PIECES = [
    echoed("list", [A, B], [A, B]),
    echoed("request", [A, B], [A, B]),
    echoed("node", [A, B], [A]),
    echoed("view", [A], [A._replace(desc=())]),
    echoed("half", [A], [text("a", "hello")]),
    echoed("array", [A], [text("a", "hello world")]),
    echoed("frombuffer", [A], [text("a", "dlrow olleh")]),
    echoed("renamed", [text("a", "x")], [Item("new", b"xx", AUDIO)]),
    echoed("sorted", [text("b", "2"), text("a", "1")], [text("a", "1"), text("b", "2")]),
    echoed("popped", [text("b", "2"), text("a", "1")], [text("a", "1 left"), text("a", "1")]),
    echoed("added", [text("b", "2")], [text("z", "added")]),
    echoed("list", [], Failure(EMPTY_RESPONSE)),
]

FIELDS = {"inputs": ["a"], "params": [], "accepts": ["a"]}
SCENARIOS = {
    "": Scenario(
        [
            *PIECES * 3,  # more often than a wrapper's views are copied before they are trusted
            *(echoed(how, [BIG], [BIG]) for how in ("list", "view", "array", "node")),
            *(Crowd([BIG], [BIG], {"how": how}, threads=4) for how in ("view", "array", "node")),
            Create(1, {"sid": "s"}, "t"),
            Write(1, [text("a", "one", BEGIN)]),
            Write(1, [text("a", "two", CONTINUE)]),
            Write(1, [text("a", "three", END)]),
            Results("t", [[text("a", "one", CONTINUE)], [text("a", "two", END)]]),
            Destroy(1),
        ],
        local=(
            Local(results=[[text("a", "abc")]]),
            Local({"params": {"how": "half"}}, results=[[text("a", "a")]]),
            Local({"params": {"how": "renamed"}}, ok=False, reason="'new' is not declared"),
        ),
    )
}
