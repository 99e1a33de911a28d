"""`wrapper` is wrapper/wrapper.py, loaded the way a host loads it; the fixture comes with aiges-native."""

import pytest

from aiges_native import AigesError


def test_answers_its_own_test_values(wrapper):
    assert wrapper.once()["result"].text() == "the picture is 32 x 24 pixels"


def test_mode_upper(wrapper):
    assert wrapper.once(params={"mode": "upper"})["result"].text() == "THE PICTURE IS 32 X 24 PIXELS"


def test_refuses_what_is_no_picture(wrapper):
    with pytest.raises(AigesError, match="no picture in PNG"):
        wrapper.once({"text": "it is", "image": b"GIF89a"})
