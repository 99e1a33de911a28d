from corpus.scenario import Exec, Local, Scenario, text

IN = [text("b64", "aGVsbG8=")]
FIELDS = {"inputs": ["b64"], "params": [], "accepts": ["plain"]}
SCENARIOS = {
    "": Scenario(
        [
            Exec(IN, [text("plain", "hello 0 1")]),
            Exec(IN, [text("plain", "hello 7 2")], ids=(7, 9)),
            Exec(IN, [text("plain", "hello 0 3")], tag=None),
        ],
        local=(Local(results=[[text("plain", "hello 0 1")]]),),
    )
}
