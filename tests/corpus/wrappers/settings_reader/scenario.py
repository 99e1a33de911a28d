import json

from corpus.scenario import Exec, Failure, Local, Scenario, text


def settings(**changed):
    seen = {
        "total": [4, True, 5, 3, "lic 4", True, True],
        "type": True,
        "max": 4,
        "format": "4 4   4",
        "url": "mock://model",
        "debug": "?",
        "missing": None,
        "mode": "unset",
        "plain": True,
    }
    return [text("settings", json.dumps({**seen, **changed}, sort_keys=True))]


FIELDS = {"inputs": ["text"], "params": ["p"], "accepts": ["settings"]}
IN = [text("text", "x")]
SCENARIOS = {
    "": Scenario(
        [Exec(IN, settings())],
        config={"common.lic": "4", "model.url": "mock://model", "log_level": "warning", "debug": "?"},
        local=(
            Local({"config": {}}, results=[settings(debug="true")]),
            Local(
                {"config": {"debug": "no", "model.url": "mock://other"}},
                results=[settings(debug="no", url="mock://other")],
            ),
        ),
    ),
    "environment": Scenario(
        [Exec(IN, settings(mode="batch"))],
        config={"common.lic": "4", "model.url": "mock://model", "debug": "?"},
        environment={"SETTINGS_MODE": "batch"},
    ),
    "refused": Scenario(
        config={"common.lic": "4", "model.url": ""},
        init=Failure(20404, "...set model.url..."),
        local=(Local(ok=False, results=[], code=20404, reason="set model.url"),),
    ),
    "raises": Scenario(
        config={"common.lic": "many"},
        init=Failure(-20030),
        local=(Local(ok=False, results=[], code=-20030, error="ValueError", reason="many"),),
    ),
}
