"""Prints what pyproject.toml asks for to build the project, to run it, and for the extras named as arguments."""

import sys

if sys.version_info >= (3, 11):
    import tomllib
else:
    from pip._vendor import tomli as tomllib

with open("pyproject.toml", "rb") as file:
    config = tomllib.load(file)

extras = config["project"]["optional-dependencies"]
wanted = config["build-system"]["requires"] + config["project"]["dependencies"]
for name in sys.argv[1:]:
    wanted += extras[name]
while wanted:
    requirement = wanted.pop(0)
    if requirement.startswith("aiges-native["):  # extras that include others
        for name in requirement.partition("[")[2].rstrip("]").split(","):
            wanted += extras[name]
    else:
        print(requirement)
