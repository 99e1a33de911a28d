from embedding import programs  # noqa: F401  (a fixture)
