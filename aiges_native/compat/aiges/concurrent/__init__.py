"""Home of :mod:`aiges.concurrent.fixpool` and :mod:`aiges.concurrent.pool`."""
