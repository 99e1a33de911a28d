from corpus.scenario import END, Create, Destroy, Exec, Failure, Meters, Results, Scenario, Write, text


def told(*values):
    return Exec([], [text("told", " ".join(map(str, values)))])


SCENARIOS = {
    "": Scenario(
        [
            Create(1, {"sid": "s1"}, "t1"),
            Write(1, [text("a", "")]),
            Results("t1", [[text("late", "late", END)]]),
            told("t1", 0, 0),
            Destroy(1),
            Create(1, {"sid": "s2"}, "t2"),
            Destroy(1),
            told("t2", -1, 0),
            Create(1, {"sid": "s3", "code": "3"}, "t3"),
            Destroy(1),
            told("t3", -1, 0),
            Create(1, {"sid": "s4", "code": "4"}, "t4"),
            Write(1, [text("a", "")]),
            Results("t4", [Failure(4, "late 4")]),
            told("t4", 0, 0),
            Destroy(1),
            Create(1, {"sid": "s5"}, "t5", calls_back=False),
            told("t5", -1, 0),
            Destroy(1),
            Meters([("late", 1)] * 5),
        ]
    )
}
