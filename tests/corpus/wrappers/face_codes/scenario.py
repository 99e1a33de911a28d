from corpus.scenario import Error, Exec, Failure, Local, Scenario, image, text

LEFT, RIGHT = image("left", b"same"), image("right", b"same")


def left(word):
    return [image("left", word), RIGHT]


FIELDS = {"inputs": ["left", "right"], "params": [], "accepts": ["score"]}
WARNINGS = ["l.jpg", "r.jpg"]
SCENARIOS = {
    "": Scenario(
        [
            Exec([LEFT, RIGHT], [text("score", '{"score": 1}')]),
            Exec(left(b"other"), [text("score", '{"score": 0}')]),
            Exec([RIGHT], Failure(101, "no face in the first picture")),
            Exec([LEFT], Failure(102, "两张图片不同")),
            Exec(left(b"int"), Failure(4711)),  # wrapperError raises a KeyError: a general text
            Exec(left(b"negative"), Failure(-7, "negative")),
            Exec(left(b"exec"), Failure(30003, "exec failed")),
            Exec(left(b"both"), Failure(101, "no face in the first picture")),
            Error(102, "两张图片不同"),
        ],
        fini=Failure(12),
        local=(
            Local(
                {"inputs": {"left": b"x", "right": b"x"}}, ok=False, results=[[text("score", '{"score": 1}')]], code=12
            ),
            Local({"inputs": {"left": b"int", "right": b""}}, ok=False, code=4711),
            Local({"inputs": {"left": b"exec", "right": b""}}, ok=False, code=30003, reason="exec failed"),
        ),
    )
}
