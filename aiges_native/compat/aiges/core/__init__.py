"""Home of :mod:`aiges.core.types`."""
