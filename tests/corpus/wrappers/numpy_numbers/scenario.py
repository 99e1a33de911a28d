from corpus.scenario import Create, Destroy, Exec, Failure, Item, Scenario, Write, text

SCENARIOS = {
    "": Scenario(
        [
            Exec([], [Item("r", b"ab", 2, 3)]),
            Exec([], Failure(5, "numpy 5"), {"do": "np code"}),
            Exec([], Failure(77, "code 77"), {"do": "enum code"}),
            Exec([], Failure(1, "numpy 1"), {"do": "true"}),
            Exec([], Failure(6, "numpy 6"), {"do": "np error_code"}),
            Exec([], Failure(77, "code 77"), {"do": "enum error_code"}),
            Create(1, {"sid": "s"}),
            Write(1, [text("n", "")]),
            Write(1, [text("n", "9")], Failure(9, "numpy 9")),
            Destroy(1),
            Create(1, {"fail": "8"}, gives=Failure(8, "numpy 8")),
        ]
    )
}
