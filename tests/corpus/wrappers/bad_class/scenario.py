from corpus.scenario import CLASS_MISSING, Failure, Scenario

ERRORS = ["has no class 'Wrapper'"]
SCENARIOS = {"": Scenario(init=Failure(CLASS_MISSING, "...has no class 'Wrapper'..."))}
