from corpus.scenario import MODULE_BROKEN, Failure, Scenario

ERRORS = ["aiges.core.rest"]
SCENARIOS = {"": Scenario(init=Failure(MODULE_BROKEN, "...aiges.core.rest..."))}
