"""One thing that a check found."""

from __future__ import annotations


class Finding:
    """``level``: ``error`` (the wrapper does not load, or cannot be called), ``warning`` (probably not what its author
    means) or ``note``; ``text``: one sentence with the next step."""

    def __init__(self, level: str, text: str) -> None:
        self.level = level
        self.text = text

    def __repr__(self) -> str:
        return f"<Finding {self.level}: {self.text}>"

    def __str__(self) -> str:
        return f"{self.level}: {self.text}"


def error(text: str) -> Finding:
    return Finding("error", text)


def warning(text: str) -> Finding:
    return Finding("warning", text)


def note(text: str) -> Finding:
    return Finding("note", text)
