"""The pytest plugin for authors of wrappers.

    def test_answers(wrapper):
        answer = wrapper.once({"text": "hello"}, {"mode": "upper"})
        assert answer["result"].text() == "HELLO"

The fixture ``wrapper`` is the ``wrapper.py`` of the project that the test file lies in, opened once per test module
with the settings of its ``aiges.toml``. ``open_wrapper(path, config)`` opens others, or the same with another config.
"""

from aiges_native.testing.plugin import open_wrapper, wrapper
from aiges_native.testing.subject import Subject

__all__ = ["Subject", "open_wrapper", "wrapper"]
