from corpus.scenario import Exec, Local, Scenario, audio, image, text


def answer(count, *params):
    return [
        text("text", ",".join(sorted(["sid", *params]))),
        text("data", f"[{count}]"),
        image("picture", b"\x89PNG"),
        audio("voice", b"RIFF"),
    ]


PARAMS = ["mode", "free", "heat", "top", "debug", "choice"]
FIELDS = {
    "inputs": ["text", "json", "image", "sound"],
    "params": PARAMS,
    "accepts": ["text", "data", "picture", "voice"],
}
WARNINGS = ["i.png", "s.wav"]
SCENARIOS = {
    "": Scenario(
        [Exec([text("text", "x")], answer(1, "mode"), {"mode": "fast"})],
        local=(
            Local({"inputs": {"image": b"", "sound": b""}}, results=[answer(4, *PARAMS)]),
            Local(
                {"inputs": {"image": b"", "sound": b""}, "params": {"mode": "no", "heat": 2, "debug": "yes"}},
                results=[answer(4, *PARAMS)],
                warnings=("mode", "heat", "debug"),
            ),
        ),
    )
}
