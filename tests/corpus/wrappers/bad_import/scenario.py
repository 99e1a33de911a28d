from corpus.scenario import MODULE_BROKEN, Failure, Scenario

ERRORS = ["line 2 imports 'a_library_that_is_not_there'"]
SCENARIOS = {"": Scenario(init=Failure(MODULE_BROKEN, "...a_library_that_is_not_there..."))}
