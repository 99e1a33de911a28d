from corpus.scenario import Error, Exec, Local, Scenario, text

FIELDS = {"inputs": ["text"], "params": [], "accepts": ["text"]}
SCENARIOS = {
    "": Scenario(
        [
            Exec([text("text", "abc")], [text("text", '{"text": "YWJj", "thread": "thread"}')]),
            Error(2, "end"),
        ],
        local=(Local(results=[[text("text", '{"text": "eA==", "thread": "thread"}')]]),),
    )
}
