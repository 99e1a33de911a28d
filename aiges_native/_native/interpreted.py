"""What the interpreter itself has to run, because compiled code has no steps between which it could do anything."""


def run_some_steps() -> None:
    """Gives an exception that was sent to this thread the occasion to be raised."""
    for _ in range(100):
        pass
