from corpus.scenario import BEGIN, END, Create, Destroy, Failure, Local, Read, Results, Scenario, Write, text

FIELDS = {"inputs": ["text"], "params": [], "accepts": ["seen"]}
SCENARIOS = {
    "": Scenario(
        [
            Create(1, {"sid": "s1"}, "t1"),
            Write(1, [text("text", "x", BEGIN)]),
            Results("t1", [[text("seen", "Hs1 s1 0", BEGIN)]]),
            Read(1),
            Write(1, [text("text", "x", END)]),
            Results("t1", [[text("seen", "Hs1 s1 0", END)]]),
            Write(1, [text("text", "late", BEGIN)], Failure(99, "not delivered")),
            Destroy(1),
            Create(2, {"sid": "s2"}, "t2"),
            Destroy(2),
            Create(3, {"fail": "1"}, "t3", Failure(-1, "cannot create")),
            Create(3, {"sid": "s4"}, "t4", calls_back=False),
            Write(3, [text("text", "x", BEGIN)], Failure(99, "not delivered")),
            Destroy(3),
        ],
        local=(
            Local({"params": {"sid": "s"}, "frames": 1}, mode="stream", results=[[text("seen", "Hs s 0", END)]]),
            Local({"params": {"fail": 1}}, ok=False, mode="stream", code=-1, reason="cannot create"),
        ),
    )
}
