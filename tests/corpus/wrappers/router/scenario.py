import json

from corpus.scenario import (
    METHOD_MISSING,
    RAISED,
    Create,
    Error,
    Exec,
    Failure,
    Load,
    Local,
    Meters,
    Scenario,
    Traces,
    Unload,
    image,
    text,
)


def out(values, said, pers=0, tag="tag"):
    return [text("out", json.dumps({"out": values, "said": [said], "pers": pers, "tag": tag}))]


SCENARIOS = {
    "": Scenario(
        [
            Exec([text("a", "1"), text("b", "2")], out(["a=1", "b=2"], "chat", 6, "T"), {"service": "chat"}, "T", (6,)),
            Exec([image("image", b"\x89PNG")], out(["page of 4 bytes"], "vision"), {"service": "vision"}),
            Exec([image("image", b"")], Failure(RAISED), {"service": "vision"}),
            Exec([text("a", "1")], Failure(-1), {"service": "none"}),
            Exec([], out([], "chat"), {"service": "chat"}),
            Create(1, gives=Failure(METHOD_MISSING)),
            Load(1, [text("res", "x")]),
            Unload(1),
            Error(5, ""),
            Meters([("calls", 2), ("calls", 1), ("calls", 0)]),
            Traces([("service", "chat"), ("service", "vision"), ("service", "chat")]),
        ],
        local=(
            Local({"params": {"service": "chat"}, "inputs": {"q": "w"}}, metrics={"calls": 1}, traces={"service": 1}),
            Local({"params": {"service": "chats"}, "inputs": {"q": "w"}}, ok=False, code=-1),
        ),
    )
}
