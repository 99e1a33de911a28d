from corpus.scenario import Exec, Local, Scenario, text

FIELDS = {"inputs": ["who"], "params": [], "accepts": ["greeting"]}
SCENARIOS = {
    "": Scenario(
        [Exec([text("who", "me")], [text("greeting", "hello me.")])],
        config={"mark": "."},
        local=(
            Local({"config": {}}, results=[[text("greeting", "hello you!")]]),  # the mark of aiges.toml
            Local(results=[[text("greeting", "hello you.")]]),
        ),
    )
}
