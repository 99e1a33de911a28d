"""Faults that have a code of their own on the way from a wrapper to the host (include/aiges/errors.h)."""


class Fault(Exception):
    """A failure that maps to one code of ``errors.h``; the text goes to the log."""

    code = 0


class BadReturn(Fault):
    """A method returned a value of the wrong kind."""

    code = -20031

    def __init__(self, text: str, found: str = "") -> None:
        super().__init__(text)
        self.found = found  # name of the type that came back


class BadResponse(Fault):
    """A response holds something that cannot be sent."""

    code = -20032


class EmptyResponse(Fault):
    """A one-shot call returned a response without items."""

    code = -20033


class TooLarge(Fault):
    """An item is larger than a data node can say."""

    code = -20006


class InvalidArgument(Fault):
    """The host passed something that the ABI does not allow."""

    code = -20003


class LoadFault(Fault):
    """A wrapper cannot be loaded; ``code`` says why."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code
