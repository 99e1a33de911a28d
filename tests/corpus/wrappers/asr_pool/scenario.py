from corpus.scenario import (
    BAD_RETURN,
    BEGIN,
    CONTINUE,
    END,
    Create,
    Destroy,
    Exec,
    Failure,
    Local,
    Read,
    Results,
    Scenario,
    Write,
    audio,
    text,
)

FIELDS = {"inputs": ["audio"], "params": ["lang"], "accepts": ["result"]}


def session(number, tag, sid):
    """A whole session, which gives its place back by itself."""
    return [
        Create(number, {"sid": sid, "lang": "zh"}, tag),
        Write(number, [audio("audio", b"1234", BEGIN)]),
        Results(tag, [[text("result", "4", BEGIN)]]),
        Write(number, [audio("audio", b"12", CONTINUE)]),
        Write(number, [audio("audio", b"", END)]),
        Results(tag, [[text("result", "4+2", CONTINUE)], [text("result", "zh:3 chunks, 6 bytes", END)]]),
        Destroy(number),
    ]


BUSY = Failure(-1, "no idle session")
SCENARIOS = {
    "": Scenario(
        [
            *session(1, "tag1", "sid1"),
            *session(1, "tag2", "sid2"),
            Create(1, {"sid": "sid3", "lang": "a"}, "tag3"),
            Create(2, {"sid": "sid4", "lang": "b"}, "tag4"),
            Create(3, {"sid": "sid5", "lang": "c"}, "tag5", BUSY),
            Write(2, [audio("audio", b"22", BEGIN)]),
            Write(1, [audio("audio", b"333", BEGIN)]),
            Results("tag3", [[text("result", "3", BEGIN)]]),
            Results("tag4", [[text("result", "2", BEGIN)]]),
            Write(1, [audio("audio", b"", END)]),
            Write(2, [audio("audio", b"", END)]),
            Results("tag4", [[text("result", "b:2 chunks, 2 bytes", END)]]),
            Results("tag3", [[text("result", "a:2 chunks, 3 bytes", END)]]),
            Read(1),
            Destroy(1),
            Destroy(2),
            *session(1, "tag6", "sid6"),
            Exec([audio("audio", b"1")], Failure(BAD_RETURN)),
        ],
        config={"common.lic": "2"},
        local=(
            Local(
                {"params": {"sid": "s"}},
                mode="stream",
                results=[
                    [text("result", "4", BEGIN)],
                    [text("result", "4+4", CONTINUE)],
                    [text("result", "en:3 chunks, 10 bytes", END)],
                ],
            ),
            Local(
                {"stream": True, "frames": 2, "inputs": {"audio": b"12345678"}},
                mode="stream",
                results=[[text("result", "4", BEGIN)], [text("result", "en:2 chunks, 8 bytes", END)]],
            ),
        ),
    ),
    "destroyed early": Scenario(
        [
            Create(1, {"sid": "s1", "lang": "a"}, "t1"),
            Write(1, [audio("audio", b"22", BEGIN)]),
            Results("t1", [[text("result", "2", BEGIN)]]),
            Destroy(1),
            *session(2, "t2", "s2"),
        ],
        config={"common.lic": "1"},
    ),
    "a worker crashes": Scenario(
        [
            Create(1, {"sid": "s1", "lang": "a"}, "t1"),
            Write(1, [audio("audio", b"crash", BEGIN)]),
            Results("t1", [Failure(30003, "the worker is gone")]),
            Destroy(1),
            *session(2, "t2", "s2"),
            Create(1, {"sid": "s3"}, "t3"),
            Create(2, {"sid": "s4"}, "t4", BUSY),
            Destroy(1),
        ],
        config={"common.lic": "2"},
    ),
    "no licence": Scenario(
        config={"common.lic": "0"}, init=Failure(-1, "...no idle session..."), local=(Local(ok=False, code=-1),)
    ),
}
