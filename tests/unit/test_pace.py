import time

from workers.pace import Pace


def test_a_stage_has_no_pace_before_its_second_report() -> None:
    pace = Pace()

    assert pace.left("denoise", 0.0, 5, 85) is None
    assert pace.left("denoise", 0.0, 5, 85) is None


def test_what_is_left_follows_from_what_was_done() -> None:
    pace = Pace()
    pace.left("denoise", 0.0, 0, 50)
    time.sleep(0.5)

    # A quarter of half the job took half a second: seven such parts are left.
    assert pace.left("denoise", 0.25, 0, 50) in (4, 5, 6)


def test_another_stage_starts_anew() -> None:
    pace = Pace()
    pace.left("load", 0.0, 0, 5)
    time.sleep(0.01)
    assert pace.left("load", 1.0, 0, 5) is not None

    assert pace.left("denoise", 0.0, 5, 85) is None
