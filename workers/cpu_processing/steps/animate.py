"""Write an animation as a file: GIF or WebP, at a quality or towards a target."""

from __future__ import annotations

import io
from itertools import accumulate, pairwise
from typing import Any

from PIL import Image

from workers.cpu_processing.animation import Motion
from workers.cpu_processing.quality import search, ssim
from workers.cpu_processing.steps.encode import DEFAULT_QUALITY, WEBP_METHOD, Encoded, impossible
from workers.cpu_processing.steps.sanitize import Kept, prove_clean

_LONGEST = {"gif": 655_350, "webp": 2**24 - 1}  # milliseconds that a frame can say
# Browsers show a GIF frame of a hundredth of a second for ten of them.
_SHORTEST_GIF = 20


def encode_motion(
    motion: Motion, form: str, quality: int | dict[str, Any] | None, kept: Kept
) -> Encoded:
    """Encode all frames and prove the file clean.

    `quality` as for a still picture, its SSIM being that of the worst frame. GIF has no quality
    and holds no metadata. Raises InvalidRequest, with what was reached, for an impossible target.
    """
    target = quality if isinstance(quality, dict) else {}
    if form == "gif":
        done = _checked(_attempt(motion, form, None, kept, measure=bool(target)), target)
    elif target:
        done = _searched(motion, form, target, kept)
    else:
        chosen = quality if isinstance(quality, int) else DEFAULT_QUALITY[form]
        done = _attempt(motion, form, chosen, kept, measure=False)
    prove_clean(done.data, form, motion.frames[0].size, kept)
    return done


def _searched(motion: Motion, form: str, target: dict[str, Any], kept: Kept) -> Encoded:
    rising = "ssim" in target

    def attempt(quality: int) -> Encoded:
        return _attempt(motion, form, quality, kept, measure=rising)

    found = search(attempt, lambda tried: _misses(tried, target) is None, rising)
    best = found[1] if isinstance(found, tuple) else found
    best = best if rising else _measured(best, motion)
    return _checked(best, target)


def _attempt(motion: Motion, form: str, quality: int | None, kept: Kept, measure: bool) -> Encoded:
    made = Encoded(write_motion(motion, form, quality, kept), form, quality)
    return _measured(made, motion) if measure else made


def _measured(made: Encoded, motion: Motion) -> Encoded:
    return Encoded(made.data, made.format, made.quality, round(similarity(motion, made.data), 4))


def _checked(done: Encoded, target: dict[str, Any]) -> Encoded:
    if missed := _misses(done, target):
        sentence, details = missed
        raise impossible(sentence, details)
    return done


def _misses(done: Encoded, target: dict[str, Any]) -> tuple[str, dict[str, Any]] | None:
    """What is wrong with an attempt, in words and as details; None where it meets the target."""
    if "ssim" in target and (done.ssim or 0.0) < target["ssim"]:
        sentence = f"An SSIM of {target['ssim']} cannot be reached; the best is {done.ssim}."
        return sentence, {"ssim": target["ssim"], "reachedSsim": done.ssim}
    size, most = len(done.data), target.get("max_bytes")
    if most is not None and size > most:
        sentence = f"{most} bytes cannot be reached; the smallest file has {size}."
        return sentence, {"maxBytes": most, "reachedBytes": size}
    return None


def write_motion(motion: Motion, form: str, quality: int | None, kept: Kept) -> bytes:
    """The bytes of one encoding of all frames."""
    first, *rest = motion.frames
    options: dict[str, Any] = {"save_all": True, "append_images": rest}
    options["duration"] = _times(motion.durations, form)
    if form == "gif":
        # No loop extension plays once. Cleared between frames, lest what was opaque shine through.
        options |= {} if motion.plays == 1 else {"loop": max(0, motion.plays - 1)}
        options |= {"disposal": 2} if first.mode == "RGBA" else {}
    else:
        options |= {"loop": motion.plays, "quality": quality, "method": WEBP_METHOD}
        # Pillow writes the EXIF of an animation as it is, and a WebP's has no such prefix.
        exif = kept.exif.removeprefix(b"Exif\0\0")
        kept_parts = {"exif": exif, "icc_profile": kept.icc, "xmp": kept.xmp}
        options |= {name: part for name, part in kept_parts.items() if part}
    out = io.BytesIO()
    first.save(out, form.upper(), **options)
    return out.getvalue()


def _times(durations: tuple[int, ...], form: str) -> list[int]:
    """The durations as the format holds them; hundredths of a second for GIF, without drift."""
    if form == "gif":
        ends = [0, *(round(end, -1) for end in accumulate(durations))]
        durations = tuple(max(_SHORTEST_GIF, end - begin) for begin, end in pairwise(ends))
    return [min(duration, _LONGEST[form]) for duration in durations]


def similarity(motion: Motion, data: bytes) -> float:
    """The SSIM of the worst frame; where a file joined equal frames, one is shown for longer."""
    worst, at, number = 1.0, 0, 0
    with Image.open(io.BytesIO(data)) as again:
        form = str(again.format).lower()
        again.load()
        end = round(again.info["duration"])
        for frame, duration in zip(motion.frames, _times(motion.durations, form), strict=True):
            while at >= end and number + 1 < getattr(again, "n_frames", 1):
                number += 1
                again.seek(number)
                again.load()
                end += round(again.info["duration"])
            shown = again.convert("RGBA" if again.has_transparency_data else "RGB")
            worst = min(worst, ssim(frame, shown))
            at += duration
    return worst
