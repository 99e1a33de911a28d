from corpus.scenario import END, Create, Destroy, Exec, Failure, Local, Results, Scenario, Write, text

FIELDS = {"inputs": ["text"], "params": [], "accepts": []}
SCENARIOS = {
    "": Scenario(
        [
            Exec([text("text", "a")], [text("text", "> aT")], tag="T"),
            Exec([], Failure(8, "called for 8")),
            Create(1, {"sid": "s"}, "t"),
            Write(1, [text("text", "x", END)]),
            Results("t", [[text("text", "s-s-1 1", END)]]),
            Destroy(1),
        ],
        local=(Local({"inputs": {"other": "x"}}), Local({"inputs": {"text": "x"}, "mode": "stream"}, mode="stream")),
    )
}
