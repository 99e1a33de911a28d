"""`wrapper` is wrapper/wrapper.py, loaded the way a host loads it; the fixture comes with aiges-native."""

import pytest

from aiges_native import AigesError

LEVELS = ["-43.0 dB, quiet", "-23.0 dB, loud", "-4.9 dB, loud"]


def texts(answers):
    return [answer["result"].text() for answer in answers]


def test_each_piece_is_answered(wrapper):
    answers = wrapper.stream(frames=3)
    assert texts(answers) == LEVELS
    assert answers[-1].final


def test_a_host_may_read_instead(wrapper):
    assert texts(wrapper.stream(frames=3, read=True)) == LEVELS


def test_threshold(wrapper):
    assert texts(wrapper.stream(params={"threshold": "-10"}, frames=3))[1] == "-23.0 dB, quiet"


def test_silence_is_no_error(wrapper):
    assert texts(wrapper.stream({"audio": bytes(320)}, frames=1)) == ["-96.0 dB, quiet"]


def test_one_session_too_many_is_told_so(wrapper):
    sessions = []
    with pytest.raises(AigesError, match="every session is taken"):
        while len(sessions) < 100:
            sessions.append(wrapper.engine.create())
    for session in sessions:
        session.close()
    assert texts(wrapper.stream(frames=3)) == LEVELS
