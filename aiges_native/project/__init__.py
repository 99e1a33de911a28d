"""The folder of a service: made from a template, packed into an archive, its settings edited."""

from __future__ import annotations


class ProjectError(Exception):
    """What was asked for cannot be done. ``what``, ``why`` and ``cure`` are the parts of its message."""

    def __init__(self, what: str, why: str, cure: str) -> None:
        super().__init__(f"cannot {what}: {why}; try {cure}")
        self.what, self.why, self.cure = what, why, cure
