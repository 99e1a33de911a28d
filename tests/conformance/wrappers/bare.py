"""A wrapper without a single method."""


class Wrapper:
    pass
