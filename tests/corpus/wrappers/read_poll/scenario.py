from corpus.scenario import (
    BAD_RETURN,
    BEGIN,
    CONTINUE,
    END,
    ONCE,
    Create,
    Destroy,
    Failure,
    Fetch,
    Local,
    Read,
    Scenario,
    Write,
    audio,
    text,
)


def new(number, sid, gives=None, **params):
    return Create(number, {"sid": sid, **params}, gives=gives, calls_back=False)


FIELDS = {"inputs": ["wav", "hint"], "params": [], "accepts": ["text"]}
WARNINGS = ["a.wav"]
SCENARIOS = {
    "": Scenario(
        [
            new(1, "s1"),
            Read(1),
            Write(1, [audio("wav", b"123", BEGIN), text("hint", "x")]),
            Write(1, [audio("wav", b"12", CONTINUE)]),
            Read(1, [text("text", "h-s1 s1/s1 3", BEGIN)]),
            Read(1, [text("text", "h-s1 s1/s1 2", CONTINUE)]),
            Read(1),
            new(2, "s2", **{"as": "str"}),
            Write(2, [audio("wav", b"", ONCE)]),
            Write(1, [audio("wav", b"list", CONTINUE)]),
            Write(1, [audio("wav", b"blank", CONTINUE)]),
            Write(1, [audio("wav", b"1234", END)]),
            Fetch(1, [text("text", "listed", CONTINUE), text("text", "h-s1 s1/s1 4", END)]),
            Fetch(2, [text("text", "h-s2 s2/s2 0", ONCE)]),
            Write(2, [audio("wav", b"none", END)]),
            Read(2, Failure(BAD_RETURN)),
            Write(2, [audio("wav", b"int", END)]),
            Read(2, Failure(55, "fifty-five")),
            Destroy(1),
            Destroy(2),
            new(3, "s3", Failure(-1, "refused"), **{"as": "int"}),
            new(3, "s3", Failure(BAD_RETURN), **{"as": "none"}),
        ],
        fini=Failure(1, "...one session left..."),
        local=(
            Local(
                {"inputs": {"wav": b"123456"}, "params": {"sid": "s"}},
                mode="read",
                results=[
                    [text("text", "h-s s/s 2", BEGIN)],
                    [text("text", "h-s s/s 2", CONTINUE)],
                    [text("text", "h-s s/s 2", END)],
                ],
            ),
            Local({"inputs": {"wav": b"1"}, "params": {"as": "int"}}, ok=False, mode="read", code=-1, reason="refused"),
        ),
    )
}
