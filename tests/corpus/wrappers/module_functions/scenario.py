from corpus.scenario import Crowd, Exec, Failure, Local, Scenario, audio, text

HAS_CLASS = False
SCENARIOS = {
    "": Scenario(
        [
            Exec(
                [text("a", "abc"), text("skip", "x"), audio("b", b"de")],
                [text("up-a", "ABC"), audio("up-b", b"DE"), text("info", '["T", "1", [4, 5], 2]')],
                {"p": "1"},
                tag="T",
                ids=(4, 5),
            ),
            Exec([text("skip", "x")], [text("info", '["T", "2", [], 0]')], {"p": "2"}, tag="T"),
            Exec([], Failure(10, "code 10")),
            Crowd([text("skip", "x")], [text("info", '["T", "2", [], 0]')], {"p": "2"}, tag="T"),
        ],
        config={"prefix": "up-"},
        local=(
            Local({"inputs": {"a": "b"}, "params": {"p": "x"}}),
            Local({"inputs": {"a": "b"}}, ok=False, code=-20030, error="KeyError"),
        ),
    )
}
