"""How long the rest of a job takes, at the pace of the stage it is in."""

from __future__ import annotations

import math
import time


class Pace:
    """Measures one stage after another; a stage's first report starts its clock."""

    def __init__(self) -> None:
        self._stage = ""
        self._since = 0.0
        self._from = 0.0

    def left(self, stage: str, share: float, low: int, high: int) -> int | None:
        """Seconds to the job's end, rounded up; None until the stage shows a pace.

        `share` of the stage is done, which takes the job from `low` to `high` percent.
        """
        moment = time.monotonic()
        if stage != self._stage:
            self._stage, self._since, self._from = stage, moment, share
        done = (share - self._from) * (high - low)
        if done <= 0:
            return None
        rest = 100 - low - share * (high - low)
        return math.ceil((moment - self._since) * rest / done)
