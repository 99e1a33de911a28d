from corpus.scenario import RAISED, Create, Exec, Failure, Local, Scenario, text

FIELDS = {"inputs": ["words"], "params": ["lang", "extra"], "accepts": ["result"]}
SCENARIOS = {
    "": Scenario(
        [
            Exec([text("words", "w")], [text("result", "w init+base+derived 1")]),
            Exec([text("words", "w")], [text("result", "w init+base+derived 2")]),
            Exec([text("text", "w")], [text("result", "")]),
            Exec([], Failure(3, "base error 3"), {"fail": "1"}),
            Create(1, gives=Failure(RAISED)),
        ],
        local=(Local(results=[[text("result", "mine init+base+derived 1")]]),),
    )
}
