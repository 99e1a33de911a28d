from corpus.scenario import RAISED, Exec, Failure, Local, Scenario, text

DONE = {
    "spawn": "cba",
    "threads": "1023",
    "processes": "4",
    "fresh_processes": "5",
    "asyncio": "['a', 2]",
    "argv": "True",
    "main": "True",
    "module": "True",
    "file": "4",
    "log": "True",
    "numpy": "5.0",
    "signal": "True",
    "warn": "True",
    "cache": "A Title",
    "pickle": "True",
    "encoding": "utf-8utf-8",
    "local": "True",
}
FIELDS = {"inputs": ["do"], "params": [], "accepts": ["done"]}
SCENARIOS = {
    "": Scenario(
        [
            *(Exec([text("do", word)], [text("done", done)]) for word, done in DONE.items()),
            Exec([text("do", "nonsense")], Failure(RAISED)),
        ],
        local=(Local(results=[[text("done", "cba")]]),),
    )
}
