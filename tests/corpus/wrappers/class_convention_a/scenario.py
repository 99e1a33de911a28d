from corpus.scenario import Exec, Failure, Local, Scenario, text

FIELDS = {"inputs": ["in"], "params": [], "accepts": ["out"]}
SCENARIOS = {
    "": Scenario(
        [
            Exec([text("in", "abc")], [text("out", "cba")]),
            Exec([text("other", "abc")], Failure(404, "no input")),
        ],
        local=(Local(results=[[text("out", "cba")]]), Local({"inputs": {"in": "xy"}}, results=[[text("out", "yx")]])),
    )
}
