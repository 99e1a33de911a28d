"""`python -m aiges`: the same as the command `aiges-native`."""

from aiges_native.cli import main

raise SystemExit(main(program="python -m aiges"))
