from corpus.scenario import BEGIN, END, Create, Destroy, Failure, Local, Results, Scenario, Write, image

FIELDS = {"inputs": ["img"], "params": [], "accepts": ["img2"]}
SCENARIOS = {
    "": Scenario(
        [
            Create(1, {"sid": "s1"}, "t1"),
            Create(2, {"sid": "s2"}, "t2"),
            Create(3, {"sid": "s3"}, "t3", Failure(30003, "no place")),
            Write(1, [image("img", b"abc", BEGIN)]),
            Write(2, [image("img", b"HAL", END)]),
            Write(1, [image("img", b"xyz", END)]),
            Results("t1", [[image("img2", b"bcd", BEGIN)], [image("img2", b"yz{", END)]]),
            Results("t2", [[image("img2", b"IBM", END)]]),
            Destroy(2),
            Create(3, {"sid": "s3"}, "t3"),
            Write(3, [image("img", b"a", END)]),
            Results("t3", [[image("img2", b"b", END)]]),
            Destroy(1),
            Destroy(3),
        ],
        local=(
            Local(
                {"frames": 1}, ok=False, mode="stream", results=[[image("img2", b"BCD", END)]], reason="has type image"
            ),
        ),
    )
}
