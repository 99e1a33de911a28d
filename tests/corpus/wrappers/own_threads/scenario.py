from corpus.scenario import (
    BEGIN,
    CONTINUE,
    END,
    RAISED,
    Create,
    Destroy,
    Failure,
    Local,
    Results,
    Scenario,
    Write,
    audio,
    text,
)

FIELDS = {"inputs": ["text"], "params": [], "accepts": ["echo"]}
SCENARIOS = {
    "": Scenario(
        [
            Create(1, {"sid": "s1"}, "t1", ids=(5,)),
            Create(2, {"sid": "s2"}, "t2"),
            Write(1, [text("text", "a", BEGIN)]),
            Write(2, [text("text", "b", BEGIN)]),
            Write(1, [text("text", "c", CONTINUE)]),
            Write(1, [text("text", "d", END)]),
            Results("t1", [[text("echo", "a", BEGIN)], [text("echo", "c", CONTINUE)], [text("echo", "d", END)]]),
            Results("t2", [[text("echo", "b", BEGIN)]]),
            Write(2, [audio("sound", b"no text")], Failure(RAISED)),
            Destroy(1),
            Destroy(2),
            Create(1, {}, None),
            Write(1, [text("text", "x", END)]),
            Results(None, [[text("echo", "x", END)]]),
            Destroy(1),
        ],
        local=(
            Local(
                mode="stream",
                results=[
                    [text("echo", "one two", BEGIN)],
                    [text("echo", "one two", CONTINUE)],
                    [text("echo", "one two", END)],
                ],
            ),
        ),
    )
}
