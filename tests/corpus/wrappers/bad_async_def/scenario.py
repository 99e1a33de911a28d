from corpus.scenario import SIGNATURE, Failure, Scenario

ERRORS = ["'wrapperOnceExec' is 'async def'"]
SCENARIOS = {"": Scenario(init=Failure(SIGNATURE, "...wrapperOnceExec' is 'async def'..."))}
