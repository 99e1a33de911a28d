"""Compiled modules: objects that own native things, and the bridge in both directions. See README.md beside this."""
