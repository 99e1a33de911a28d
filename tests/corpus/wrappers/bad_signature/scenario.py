from corpus.scenario import SIGNATURE, Failure, Scenario

ERRORS = ["cannot bind method 'wrapperOnceExec': found (image)", "cannot bind method 'wrapperWrite'"]
WARNINGS = ["no wrapperCreate"]
SCENARIOS = {"": Scenario(init=Failure(SIGNATURE, "...cannot bind method 'wrapperOnceExec': found (image)..."))}
