"""Reads wrapper.h and says which functions lack a heading: headings.py [FILE]. Nothing printed: all is well."""

from __future__ import annotations

import re
import sys
from pathlib import Path

HEADINGS = ("When", "Threads", "Returns", "On failure", "Errors", "Since")
CALLS_BACK = {"wrapperFini", "wrapperCreate", "wrapperWrite", "wrapperExecAsync"}
COMMENT = r"/\*((?:[^*]|\*(?!/))*)\*/\s*"
FUNCTION = re.compile(COMMENT + r"(?:WrapperAPI|typedef) [^;(]*?\(?\*?(\w+)\)?\(([^;]*)\);", re.DOTALL)


def functions(text: str) -> dict[str, tuple[set[str], list[str]]]:
    """Name -> headings (and parameters) that its comment explains, parameters that it has."""
    found = {}
    for comment, name, parameters in FUNCTION.findall(text):
        # "usrTag, key:  borrowed" explains two; a line may hold "handle: ... NULL. usrTag: ..." as well.
        labels = re.findall(r"(?:^ \* |\. )(\w[\w ]*(?:, \w[\w ]*)*):(?=\s)", comment, re.MULTILINE)
        explained = {label for group in labels for label in group.split(", ")}
        names = re.findall(r"(\w+)(?:\[\])?(?:,|$)", " ".join(parameters.split()))
        found[name] = explained, [parameter for parameter in names if parameter != "void"]
    return found


def problems(text: str) -> list[str]:
    said = []
    for name, (explained, parameters) in functions(text).items():
        wanted = [*HEADINGS, *parameters, *(["Callback"] if name in CALLS_BACK else [])]
        # psrCnt is explained with psrIds.
        missing = [item for item in wanted if item not in explained and item != "psrCnt"]
        if missing:
            said.append(f"{name}: {', '.join(missing)}")
    return said


if __name__ == "__main__":
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[2] / "include/aiges/wrapper.h"
    print("\n".join(problems(path.read_text())), end="")
