import struct

from corpus.scenario import Crowd, Exec, Local, Scenario, audio, text


def samples(*values):
    return [audio("audio", struct.pack(f"<{len(values)}h", *values))]


FIELDS = {"inputs": ["text"], "params": ["speed", "pitch", "loud"], "accepts": ["audio"]}
SCENARIOS = {
    "": Scenario(
        [
            Exec([text("text", "abc")], samples(0, 100, 200)),
            Exec([text("text", "abc")], samples(0, 52, 104), {"speed": "0.5", "pitch": "2"}),
            Exec([text("text", "")], samples()),
            Crowd([text("text", "abc")], samples(0, 100, 200)),
        ],
        local=(
            Local(results=[samples(0, 200)]),
            Local({"params": {"speed": 2, "loud": False}}, results=[samples(0, 200)]),
            Local({"params": {"pitch": 11}}, results=[samples(0, 222)], warnings=("pitch",)),
        ),
    )
}
