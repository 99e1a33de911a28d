from corpus.scenario import (
    BAD_RETURN,
    BEGIN,
    CONTINUE,
    END,
    TEXT,
    Create,
    Destroy,
    Exec,
    Failure,
    Item,
    Local,
    Results,
    Scenario,
    Write,
    audio,
    text,
)


def to(where, data, status):
    return [Item("text", data.encode(), TEXT, status, (("to", where),))]


FIELDS = {"inputs": ["text"], "params": [], "accepts": ["audio"]}
SAID = "一 二".encode()
SCENARIOS = {
    "": Scenario(
        [
            Exec([text("text", "x")], Failure(BAD_RETURN)),
            Create(1, {"sid": "s1", "greet": "1"}, "t1"),
            Write(1, to("tag", "a", CONTINUE)),
            Write(1, to("sid", "b", CONTINUE)),
            Write(1, to("handle", "c", END)),
            Write(1, to("tag", "late", END), Failure(63, "nobody listens")),
            Results(
                "t1",
                [
                    [audio("audio", b"hello", BEGIN)],
                    [audio("audio", b"a", CONTINUE)],
                    [audio("audio", b"b", CONTINUE)],
                    [audio("audio", b"c", END)],
                ],
            ),
            Destroy(1),
            Create(1, {}, "t2", Failure(61, "sid is missing")),
            Create(2, {"sid": "s3"}, "t3"),
            Write(2, [text("text", "err", BEGIN)]),
            Results("t3", [Failure(62, "synthesis failed")]),
            Write(2, [text("text", "more", BEGIN)], Failure(63, "nobody listens")),
            Destroy(2),
            Create(1, {"sid": "same"}, "one"),
            Create(2, {"sid": "same2"}, "two"),
            Write(1, to("tag", "1", END)),
            Write(2, to("tag", "2", END)),
            Results("two", [[audio("audio", b"2", END)]]),
            Results("one", [[audio("audio", b"1", END)]]),
            Destroy(1),
            Destroy(2),
        ],
        local=(
            Local(
                mode="stream",
                results=[[audio("audio", SAID, BEGIN)], [audio("audio", SAID, CONTINUE)], [audio("audio", SAID, END)]],
            ),
            Local({"inputs": {"text": "err"}}, ok=False, mode="stream", code=62, reason="synthesis failed"),
        ),
    )
}
