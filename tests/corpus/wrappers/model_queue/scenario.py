from corpus.scenario import BEGIN, END, Create, Destroy, Failure, Local, Results, Scenario, Write, text


def new(number, gives=None):
    return Create(number, {"sid": f"s{number}"}, f"t{number}", gives)


FIELDS = {"inputs": ["in"], "params": [], "accepts": ["out"]}
SCENARIOS = {
    "": Scenario(
        [
            *(new(number) for number in range(1, 6)),
            new(6, Failure(1, "all busy")),
            Write(1, [text("in", "abc", BEGIN)]),
            Write(2, [text("in", "xy", END)]),
            Write(1, [text("in", "def", END)]),
            Results("t1", [[text("out", "s1: cba", BEGIN)], [text("out", "s1: fed", END)]]),
            Results("t2", [[text("out", "s2: yx", END)]]),
            Destroy(2),
            new(6),
            Write(6, [text("in", "bad", BEGIN)]),
            Results("t6", [Failure(30003, "model")]),
            *(Destroy(number) for number in (1, 3, 4, 5, 6)),
        ],
        local=(Local({"params": {"sid": "s"}, "frames": 1}, mode="stream", results=[[text("out", "s: cba", END)]]),),
    )
}
