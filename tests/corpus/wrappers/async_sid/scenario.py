from corpus.scenario import BAD_RESPONSE, RAISED, Async, Failure, Local, Results, Scenario, text


def asked(word, sid="s", tag="t", gives=()):
    params = {} if sid is None else {"sid": sid}
    return Async([text("text", word)], gives if isinstance(gives, Failure) else [], params, tag)


FIELDS = {"inputs": ["text"], "params": [], "accepts": ["text"]}
SCENARIOS = {
    "": Scenario(
        [
            asked("now"),
            Results("t", [[text("text", "s:now")]]),
            asked("later", "s2", "t2"),
            Results("t2", [[text("text", "s2:later")]]),
            asked("empty", "s3", "t3"),
            Results("t3", [[text("text", "s3:empty")]]),
            asked("later", None, "only a tag"),
            Results("only a tag", [[text("text", "only a tag:later")]]),
            asked("foreign", "s4", "t4"),
            Results("t4", [Failure(BAD_RESPONSE)]),
            asked("raise", "s5", "t5", Failure(RAISED)),
            asked("later", "s6", "t6"),
            Results("t6", [[text("text", "s6:later")]]),
        ],
        local=(
            Local({"params": {"sid": "mine"}}, mode="async", results=[[text("text", "mine:later")]]),
            Local({"inputs": {"text": "raise"}}, ok=False, mode="async", code=RAISED, reason="at once"),
            Local({"inputs": {"text": "foreign"}}, ok=False, mode="async", code=BAD_RESPONSE),
        ),
    )
}
