import json

from corpus.scenario import BEGIN, END, IMAGE, ONCE, Exec, Item, Local, Scenario, audio, text


def seen(items, kept, params=None):
    told = {
        "n": len(items),
        "keys": [item.key for item in items],
        "types": [item.type for item in items],
        "status": [item.status for item in items],
        "len": [len(item.data) for item in items],
        "desc": [dict(item.desc) for item in items],
        "again": [item.key for item in items],
        "none": True,
    }
    if items:
        told.update(
            get_data=items[0].data.decode("latin-1"),
            same=True,
            instance=True,
            bytes=True,
            numpy=sum(items[0].data),
            first=True,
            last=items[-1].key,
            falsy=True,
        )
    told.update(params=dict(sorted({"sid": "", **(params or {})}.items())), dict=True, kept=kept)
    return [text("seen", json.dumps(told))]


ONE = [text("a", "abc")]
MANY = [
    Item("b", b"\0\xff", IMAGE, BEGIN, (("rate", "16000"), ("note", "é"))),
    audio("c", b"1" * 1000, END),
    Item("", b"", 9, ONCE),
    text("b", "again"),
    Item("键", b"key", 3, 77),
]
ODD = {"a b": "c=d", "é": "ü", "empty": ""}
SCENARIOS = {
    "": Scenario(
        [
            Exec(ONE, seen(ONE, ["abc"])),
            Exec(
                MANY,
                seen(MANY, ["abc", "\0\xff"], ODD),
                ODD,
            ),
            Exec([], seen([], ["abc", "\0\xff", None])),
            Exec([text("z", "")], seen([text("z", "")], ["abc", "\0\xff", None, ""])),
            Exec(MANY, seen(MANY, ["abc", "\0\xff", None, "", "\0\xff"], {"sid": "s"}), {"sid": "s"}),
        ],
        local=(Local({"inputs": {"a": "b"}}),),
    )
}
