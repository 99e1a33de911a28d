from corpus.scenario import (
    BEGIN,
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
    text,
)


def new(number, sid, gives=None):
    return Create(number, {"sid": sid, "p": sid.upper()}, gives=gives, calls_back=False)


rounds = []
for turn in range(5):  # more sessions than places: nothing of one is left for the next
    sid = f"r{turn}"
    rounds += [
        new(1, sid),
        Write(1, [text("in", "a", BEGIN)]),
        Write(1, [text("in", "b", END)]),
        Fetch(1, [text("out", f"{sid} {sid.upper()} a", BEGIN), text("out", f"{sid} {sid.upper()} b", END)]),
        Write(1, [text("in", "left", ONCE)]),
        Destroy(1),
    ]

FIELDS = {"inputs": ["in"], "params": [], "accepts": ["out"]}
SCENARIOS = {
    "": Scenario(
        [
            *rounds,
            new(1, "a"),
            new(2, "b"),
            new(3, "c", Failure(-1, "busy")),
            Read(1),
            Write(2, [text("in", "2", ONCE)]),
            Fetch(2, [text("out", "b B 2")]),
            Destroy(2),
            new(3, "c"),
            Write(3, [text("in", "3", ONCE)]),
            Fetch(3, [text("out", "c C 3")]),
            Destroy(1),
            Destroy(3),
        ],
        config={"common.lic": "2"},
        local=(
            Local(
                {"params": {"sid": "s"}, "mode": "read", "frames": 2},
                mode="read",
                results=[[text("out", "s None i", BEGIN)], [text("out", "s None i", END)]],
            ),
        ),
    )
}
