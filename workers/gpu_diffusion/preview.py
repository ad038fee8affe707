"""Small pictures of what is being painted: what they are, and how often they are sent."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

EVERY = 0.5  # seconds between two previews
MOST_SHARE = 0.01  # of the painting's time that previews may take

Send = Callable[[dict[str, Any]], None]


@dataclass(frozen=True)
class Preview:
    """A small JPEG of a picture in the making."""

    data: bytes
    width: int
    height: int

    def as_json(self, image: int, step: int, steps: int) -> dict[str, Any]:
        """The data of a preview event."""
        return {
            "image": image,
            "step": step,
            "steps": steps,
            "mediaType": "image/jpeg",
            "width": self.width,
            "height": self.height,
            "imageData": base64.b64encode(self.data).decode("ascii"),
        }


class Previews:
    """Sends previews of one picture, seldom enough to cost the painting next to nothing."""

    def __init__(self, send: Send, image: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._send = send
        self._image = image
        self._clock = clock
        self._next = clock() + EVERY

    def offer(self, step: int, steps: int, look: Callable[[], Preview | None]) -> None:
        """Send what `look` gives if it is time; the last step's preview would be the picture."""
        started = self._clock()
        if started < self._next or step >= steps:
            return
        preview = look()
        if preview:
            self._send(preview.as_json(self._image, step, steps))
        ended = self._clock()
        self._next = ended + max(EVERY, (ended - started) / MOST_SHARE)
