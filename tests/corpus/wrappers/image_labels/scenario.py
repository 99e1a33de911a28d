import struct

from corpus.scenario import Exec, Local, Scenario, audio, image, text


def scores(total):
    return audio("scores", struct.pack("3f", total, total + 1, total + 2))


FIELDS = {"inputs": ["image"], "params": [], "accepts": ["label", "scores"]}
WARNINGS = ["no/such/picture.jpg"]
SCENARIOS = {
    "": Scenario(
        [
            Exec([image("image", b"1234")], [text("label", "dog"), scores(4)]),
            Exec([image("image", b"")], [text("label", "cat"), scores(0)]),
            Exec([image("a", b"12"), image("a", b"345")], [text("label", "bird"), scores(5)]),
        ],
        local=(Local({"inputs": {"image": b"123456"}}, results=[[text("label", "cat"), scores(6)]]),),
    )
}
