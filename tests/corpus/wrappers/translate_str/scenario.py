from corpus.scenario import Exec, Failure, Local, Scenario, text

FIELDS = {"inputs": ["text"], "params": ["from", "to"], "accepts": ["result"]}
FR = {"from": "zh", "to": "fr"}
SCENARIOS = {
    "": Scenario(
        [
            Exec([text("text", "你好")], [text("result", "s1:zh>fr:salué")], {"sid": "s1", **FR}),
            Exec([text("text", "plain")], [text("result", "s2:zh>fr:plain")], {"sid": "s2", **FR}),
            Exec([text("text", "x")], [text("result", "tag:zh>fr:x")], {"sid": "tag", **FR}, tag=None),
            Exec([text("text", b"\xff")], Failure(-20030), FR),
            Exec([text("text", "no params")], Failure(-20030)),
        ],
        local=(
            Local({"params": {"sid": "mine"}}, results=[[text("result", "mine:zh>en:hello")]]),
            Local({"params": {"sid": "m", "to": "fr"}}, results=[[text("result", "m:zh>fr:salué")]]),
            Local({"inputs": {"text": b"\xff"}}, ok=False, code=-20030, error="UnicodeDecodeError"),
        ),
    )
}
