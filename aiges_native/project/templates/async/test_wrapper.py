"""`wrapper` is wrapper/wrapper.py, loaded the way a host loads it; the fixture comes with aiges-native."""

import pytest

from aiges_native import AigesError


def test_answers_its_own_test_values(wrapper):
    (answer,) = wrapper.run_async()
    assert answer["result"].text() == "to 2, be 2"


def test_top(wrapper):
    (answer,) = wrapper.run_async({"text": "a b a c a b"}, {"top": "1"})
    assert answer["result"].text() == "a 3"


def test_a_failure_ends_one_request_only(wrapper):
    with pytest.raises(AigesError, match="must be UTF-8"):
        wrapper.run_async({"text": b"\xff"})
    (answer,) = wrapper.run_async({"text": "still here"})
    assert answer["result"].text() == "still 1, here 1"
