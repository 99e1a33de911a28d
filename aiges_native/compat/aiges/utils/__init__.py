"""Home of :mod:`aiges.utils.log`."""
