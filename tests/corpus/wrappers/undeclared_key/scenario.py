from corpus.scenario import IMAGE, Exec, Item, Local, Scenario, text

IN = [text("data_in", '{"a": [1, 2]}')]
OUT = text("data_out", '{"a": [1, 2]}')
FIELDS = {"inputs": ["data_in"], "params": ["ctrl"], "accepts": ["data_out"]}
WARNINGS = ["input 'data'", "param 'key'"]
WARNINGS = ["'key'"]
SCENARIOS = {
    "": Scenario(
        [
            Exec(IN, [text("ocr", '{"a": [1, 2]}')]),
            Exec(IN, [text("go", '{"a": [1, 2]}')], {"ctrl": "go"}),
            Exec(IN, [Item("ocr", IN[0].data, 9, 3)], {"type": "9", "status": "1"}),
            Exec(IN, [OUT, OUT], {"key": "data_out", "twice": "1"}),
        ],
        local=(
            Local(ok=False, results=[[text("helloworld", '{"a": [1, 2]}')]], reason="'helloworld' is not declared"),
            Local({"params": {"key": "data_out"}}, results=[[OUT]]),
            Local(
                {"params": {"key": "data_out", "type": 2}},
                ok=False,
                reason="has type image",
                results=[[OUT._replace(type=IMAGE)]],
            ),
            Local({"params": {"key": "data_out", "status": 1}}, ok=False, reason="status continue", results=[[OUT]]),
            Local({"params": {"key": "data_out", "twice": 1}}, ok=False, reason="2 items", results=[[OUT, OUT]]),
        ),
    )
}
