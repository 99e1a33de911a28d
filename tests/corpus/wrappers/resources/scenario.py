import io
import tarfile

from corpus.scenario import (
    END,
    ONCE,
    PERSONAL,
    RAISED,
    UNKNOWN_RESOURCE,
    Exec,
    Failure,
    Item,
    Load,
    Local,
    Scenario,
    Unload,
    text,
)


def archive(**files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as made:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            made.addfile(info, io.BytesIO(content.encode()))
    return out.getvalue()


def resource(data, patch_id=None):
    return [Item("res", data, PERSONAL, END, () if patch_id is None else (("patch_id", patch_id),))]


def gives(word, answer, ids=()):
    return Exec([text("text", word)], [text("found", answer)], ids=ids)


FIELDS = {"inputs": ["text"], "params": [], "accepts": ["found"]}
SCENARIOS = {
    "": Scenario(
        [
            gives("a", " for 0"),
            Load(7, resource(archive(a="1", b="2"), "hot words")),
            Load(8, resource(archive(a="3"))),
            gives("a", "1,3 for 7", (7,)),
            gives("b", "2,? for 8", (8, 7)),
            Load(9, resource(b""), Failure(40, "empty resource")),
            Load(10, resource(b"no archive"), Failure(RAISED)),
            Unload(9, Failure(UNKNOWN_RESOURCE)),
            Unload(7),
            gives("a", "3 for 0"),
            Unload(7, Failure(UNKNOWN_RESOURCE)),
            Unload(8),
            gives(
                "log",
                "load str hot words 4 2; load str 8 4 2; load str 9 4 2; load str 10 4 2; unload hot words; unload 8",
            ),
        ],
        local=(
            Local(results=[[text("found", " for 0")]]),
            Local(
                {"res": archive(q="answer"), "res_id": "words"},
                results=[[text("found", "answer for 1")]],
            ),
            Local({"res": b"", "res_id": "words"}, ok=False, results=[], code=40, reason="empty resource"),
        ),
    )
}
SCENARIOS[""].steps.append(Load(1, [Item("res", archive(a="5"), PERSONAL, ONCE)]))
