from corpus.scenario import (
    BEGIN,
    CONTINUE,
    END,
    Cancel,
    Create,
    Destroy,
    Exec,
    Failure,
    Local,
    Results,
    Scenario,
    Write,
    audio,
    text,
)

FIELDS = {"inputs": ["text"], "params": ["size"], "accepts": ["tone"]}
SCENARIOS = {
    "": Scenario(
        [
            Exec([text("text", "x")], [audio("tone", b"\0\1\2\3")]),
            Exec([text("text", "x")], [audio("tone", b"\0\1")], {"size": "2"}),
            Create(1, {"sid": "s"}, "t"),
            Write(1, [text("text", "ab", BEGIN)]),
            Write(1, [text("text", "cd", END)]),
            Results("t", [[audio("tone", b"abab", BEGIN)], [audio("tone", b"cdcd", END)]]),
            Destroy(1),
            Create(1, {"sid": "s2"}, "t2"),
            Write(1, [text("text", "ab", CONTINUE)]),
            Results("t2", [[audio("tone", b"abab", CONTINUE)]]),
            Cancel(1),
            Write(1, [text("text", "wait", END)], Failure(499, "the client is gone")),
            Destroy(1),
        ],
        local=(
            Local(results=[[audio("tone", b"\0\1\2\3")]]),
            Local(
                {"mode": "stream", "frames": 2},
                mode="stream",
                results=[[audio("tone", b"tt", BEGIN)], [audio("tone", b"tt", END)]],
            ),
        ),
    )
}
