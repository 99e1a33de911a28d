from pathlib import Path

from corpus.scenario import Crowd, Exec, Failure, Local, Scenario, image, text

PAGE = (Path(__file__).parent / "test_data/page.png").read_bytes()


def lines(language, size):
    return text("boxes", f'{{"lang": "{language}", "lines": ["page of {size} bytes"]}}')


FIELDS = {"inputs": ["img"], "params": ["lang"], "accepts": ["boxes"]}
SCENARIOS = {
    "": Scenario(
        [
            Exec([image("img", b"\x89PNG....")], [lines("en", 8)], {"lang": "en"}),
            Exec([image("img", b"\x89PNG....")], [lines("?", 8)]),
            Exec([image("img", b"GIF")], Failure(10001, "picture cannot be read")),
            Exec([image("other", b"\x89PNG")], Failure(-20030)),
            Exec([], Failure(-20030)),
            Crowd([image("img", b"\x89PNG....")], [lines("en", 8)], {"lang": "en"}),
            Crowd([image("img", b"GIF")], Failure(10001, "picture cannot be read")),
        ],
        local=(
            Local(results=[[lines("ch", len(PAGE))]]),
            Local({"inputs": {"img": b"GIF"}}, ok=False, results=[], code=10001, reason="picture cannot be read"),
            Local({"params": {"lang": "fr"}}, results=[[lines("fr", len(PAGE))]], warnings=("lang",)),
        ),
    )
}
