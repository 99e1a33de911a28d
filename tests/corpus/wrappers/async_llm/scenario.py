import json

from corpus.scenario import (
    BAD_RETURN,
    BEGIN,
    CONTINUE,
    END,
    ONCE,
    Async,
    Create,
    Destroy,
    Exec,
    Failure,
    Local,
    Meters,
    Results,
    Scenario,
    Traces,
    Write,
    text,
)


def said(words):
    return [text("messages", json.dumps([{"role": "user", "content": words}]))]


def content(index, word, status):
    return [text("content", json.dumps({"choices": [{"content": word, "index": index}]}), status)]


FIELDS = {"inputs": ["messages"], "params": ["max_tokens"], "accepts": ["content"]}
FAILED = Failure(10013, "the model failed")
SCENARIOS = {
    "": Scenario(
        [
            Async(said("a b c d"), params={"max_tokens": "3", "sid": "s1"}, tag="t1"),
            Results("t1", [content(0, "a", BEGIN), content(1, "b", CONTINUE), content(2, "c", END)]),
            Async(said("a boom"), tag="t2"),
            Results("t2", [content(0, "a", BEGIN), FAILED]),
            Async([text("messages", "{")], Failure(10012, "messages are not JSON"), tag="t3"),
            Async([text("messages", "{}")], tag="t4"),
            Results("t4", [Failure(10014, "the service failed")]),
            Async(said("x"), params={"max_tokens": "none"}, tag="t5"),
            Results("t5", [Failure(10014, "the service failed")]),
            Exec(said("x"), Failure(BAD_RETURN)),
            Create(1, {"sid": "s2"}, "t6"),
            Write(1, [text("messages", said("x y")[0].data, ONCE)]),
            Results("t6", [content(0, "x", BEGIN), content(1, "y", END)]),
            Destroy(1),
        ],
        local=(
            Local(
                {"mode": "async"},
                mode="async",
                results=[content(0, "one", BEGIN), content(1, "two", CONTINUE), content(2, "three", END)],
                metrics={"tokens": 3},
                traces={"sid": 1},
            ),
            Local(
                {"mode": "async", "inputs": {"messages": said("a boom")[0].data}},
                ok=False,
                mode="async",
                code=10013,
                reason="the model failed",
            ),
            Local(
                {"mode": "async", "inputs": {"messages": "["}},
                ok=False,
                mode="async",
                code=10012,
                reason="messages are not JSON",
            ),
            Local({"mode": "stream", "frames": 1}, mode="stream", metrics={"tokens": 3}, traces={"sid": 1}),
        ),
    ),
    "meters": Scenario(
        [
            Async(said("a b"), params={"sid": "s1"}, tag="t1"),
            Results("t1", [content(0, "a", BEGIN), content(1, "b", END)]),
            Async(said("a"), params={"sid": "s2"}, tag="t2"),  # the loop is one thread: the first request is all done
            Results("t2", [content(0, "a", END)]),
            Async(said("boom"), params={"sid": "s3"}, tag="t3"),
            Results("t3", [FAILED]),
            Meters([("tokens", 2), ("tokens", 1)]),
            Traces([("sid", "s1"), ("sid", "s2")]),
        ]
    ),
}
