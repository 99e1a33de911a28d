from corpus.scenario import CONSTRUCTOR, Failure, Scenario

ERRORS = ["'Wrapper()'"]
SCENARIOS = {"": Scenario(init=Failure(CONSTRUCTOR, "...model_path..."))}
