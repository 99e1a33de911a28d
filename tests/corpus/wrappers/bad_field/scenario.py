from corpus.scenario import MODULE_BROKEN, Failure, Scenario

ERRORS = ["expected a non-empty str"]
SCENARIOS = {"": Scenario(init=Failure(MODULE_BROKEN, "...expected a non-empty str..."))}
