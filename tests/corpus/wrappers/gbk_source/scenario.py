from corpus.scenario import RAISED, Error, Exec, Failure, Local, Scenario, text

FIELDS = {"inputs": ["text"], "params": [], "accepts": ["text"]}
SCENARIOS = {
    "": Scenario(
        [
            Exec([text("text", "你好".encode("gb2312"))], [text("text", "你好 世界")]),
            Exec([text("text", b"\xff\xff")], Failure(RAISED)),
            Error(1, "错误"),
        ],
        local=(Local(results=[[text("text", "你好 世界")]]),),
    )
}
