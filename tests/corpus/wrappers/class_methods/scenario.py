from corpus.scenario import RAISED, Error, Exec, Failure, Local, Scenario, image, text

IN = [image("pic", b"\x89PNG")]
FIELDS = {"inputs": ["pic"], "params": [], "accepts": ["tag", "text"]}
WARNINGS = ["p.png"]
SCENARIOS = {
    "": Scenario(
        [
            Exec(IN, [text("tag", "T1"), text("text", "page of 4 bytes")], tag="T1"),
            Exec(IN, [text("tag", "None"), text("text", "page of 4 bytes")], tag=None),
            Exec([image("pic", b"x")], Failure(RAISED)),
            Error(1, "one"),
        ],
        local=(
            Local({"inputs": {"pic": b"\x89PNG"}}, results=None),
            Local({"inputs": {"pic": b"x"}}, ok=False, code=RAISED, error="ValueError"),
        ),
    )
}
