from corpus.scenario import CONTINUE, END, Create, Destroy, Local, Results, Scenario, Write, text


def n(index, sid, handle, status=CONTINUE):
    return [text("n", f'{{"i": {index}, "sid": "{sid}", "handle": "{handle}"}}', status)]


FIELDS = {"inputs": ["json"], "params": [], "accepts": ["n"]}
SCENARIOS = {
    "": Scenario(
        [
            Create(1, {"sid": "s"}, "t", ids=(3,)),
            Write(1, [text("json", '{"n": 1}', CONTINUE)]),
            Write(1, [text("json", '{"n": 1}', END)]),
            Results("t", [n(0, "s", "s-t-3"), n(0, "s", "s-t-3"), n(0, "s", "s-t-3", END)]),
            Destroy(1),
            Create(1, {}, "t"),  # no sid: where a method has no tag, the tag stands for it
            Write(1, [text("json", '{"n": 1}', END)]),
            Results("t", [n(0, "t", "-t-0"), n(0, "t", "-t-0", END)]),
            Destroy(1),
        ],
        local=(Local({"frames": 1}, mode="stream"),),
    )
}
