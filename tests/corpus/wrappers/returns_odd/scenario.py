from corpus.scenario import BAD_RESPONSE, BAD_RETURN, EMPTY_RESPONSE, RAISED, Exec, Failure, Local, Scenario, text

ODD = {
    "none": BAD_RETURN,
    "zero": BAD_RETURN,
    "dict": BAD_RETURN,
    "bytes": BAD_RETURN,
    "class": BAD_RETURN,
    "tuple": BAD_RETURN,
    "empty": EMPTY_RESPONSE,
    "no data": RAISED,
    "foreign item": BAD_RESPONSE,
    "key": RAISED,
    "exit": RAISED,
    "interrupt": RAISED,
    "recursion": RAISED,
    "memory": RAISED,
    "own code": RAISED,
    "wrong method": RAISED,
}

FIELDS = {"inputs": ["do"], "params": [], "accepts": ["result"]}
GOOD = [text("result", "good")]
steps = []
for word, code in ODD.items():
    steps += [Exec([text("do", word)], Failure(code)), Exec([text("do", "good")], GOOD)]
SCENARIOS = {
    "": Scenario(
        steps,
        local=(
            Local(ok=False, code=BAD_RETURN),
            Local({"inputs": {"do": "exit"}}, ok=False, code=RAISED, error="SystemExit"),
            Local({"inputs": {"do": "key"}}, ok=False, code=RAISED, error="KeyError", reason="missing"),
            Local({"inputs": {"do": "empty"}}, ok=False, code=EMPTY_RESPONSE),
            Local({"inputs": {"do": "good"}}, results=[GOOD]),
        ),
    )
}
