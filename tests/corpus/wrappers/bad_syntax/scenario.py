from corpus.scenario import MODULE_BROKEN, Failure, Scenario

ERRORS = ["line 6"]
SCENARIOS = {"": Scenario(init=Failure(MODULE_BROKEN, "...SyntaxError..."))}
