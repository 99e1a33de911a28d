from corpus.scenario import Exec, Local, Scenario, text

FIELDS = {"inputs": ["text"], "params": [], "accepts": ["text"]}
SCENARIOS = {
    "": Scenario(
        [Exec([text("text", "a")], [text("text", "one a")])],
        local=(Local(results=[[text("text", "one x")]]),),
    )
}
