from corpus.scenario import Exec, Local, Scenario, text

FIELDS = {"inputs": ["a", "b"], "params": [], "accepts": ["sum"]}
SCENARIOS = {
    "": Scenario(
        [
            Exec([text("a", "1"), text("b", "2")], [text("sum", "3")]),
            Exec([], [text("sum", "0")]),
        ],
        local=(Local(results=[[text("sum", "42")]]), Local({"inputs": {"b": "3"}}, results=[[text("sum", "43")]])),
    )
}
