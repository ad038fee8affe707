"""Derivatives: one decode, then for each variant transform, convert and optimise."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from PIL import Image

from workers.cpu_processing.animation import MOVING, Motion, read_motion, steady
from workers.cpu_processing.credentials import Credentials
from workers.cpu_processing.decode import Decoded, Limits, open_image
from workers.cpu_processing.metadata import read_exif
from workers.cpu_processing.overlap import overlapped
from workers.cpu_processing.seal import Chain
from workers.cpu_processing.steps.animate import encode_motion
from workers.cpu_processing.steps.colour import flatten, rgba, to_srgb
from workers.cpu_processing.steps.crop import crop
from workers.cpu_processing.steps.encode import WHITE, Encoded, encode
from workers.cpu_processing.steps.orient import orient
from workers.cpu_processing.steps.overlay import Overlay, overlay_frames
from workers.cpu_processing.steps.resample import Packed, Picture
from workers.cpu_processing.steps.resize import Fit, resize
from workers.cpu_processing.steps.sanitize import Kept, choose_kept, removed
from workers.cpu_processing.steps.watermark import Mark, watermark
from workers.work import Report

Fetch = Callable[[dict[str, Any]], bytes]  # a blob reference as JSON -> its bytes
Step = Callable[[Image.Image], Image.Image]


@dataclass(frozen=True)
class DerivedVariant:
    """One encoded variant, its size in pixels, and of how many frames it was made."""

    name: str
    file: Encoded
    width: int
    height: int
    frames: int = 1


@dataclass(frozen=True)
class Derived:
    """The source (format, upright size, bytes, frames if many), what was taken out, the variants.

    `adjustments` says where a variant is less than the source: of an animation the first frame.
    """

    source: dict[str, Any]
    removed: list[str]
    variants: list[DerivedVariant]
    adjustments: list[dict[str, str]] = field(default_factory=list)
    timings: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Master:
    """The sanitised source that all variants are made of: upright, 8 bits, sRGB.

    `image` is the picture or the first frame, `motion` all frames of an animation.
    """

    image: Picture
    format: str
    kept: Kept
    chain: Chain | None = None
    mark_key: bytes | None = None
    motion: Motion | None = None

    @property
    def frames(self) -> int:
        """How many frames the source has."""
        return len(self.motion.frames) if self.motion else 1


def derive(
    data: bytes,
    payload: dict[str, Any],
    limits: Limits,
    report: Report,
    fetch: Fetch,
    credentials: Credentials | None = None,
) -> Derived:
    """Make every variant of the payload out of one decode of `data`.

    Raises InvalidImage, ImageTooLarge, InvalidRequest, UnsupportedText or SigningFailed, and what
    `report` does.
    """
    began = time.perf_counter()
    report("decode", 0, 1)
    file = open_image(data, limits, payload.get("declared_type"))
    keep = payload.get("sanitize", {}).get("keep", [])
    master = packed(sanitised(file, keep, credentials))
    report("decode", 1, 1)
    decoded = time.perf_counter()
    taken = removed(file, master.kept)
    del file  # its pixels are not needed beside those of the master
    specs = payload["variants"]
    variants: list[DerivedVariant] = []
    report("variants", 0, len(specs))
    for variant in overlapped(_step(master, spec, limits, fetch) for spec in specs):
        variants.append(variant)
        report("variants", len(variants), len(specs))
    width, height = master.image.size
    source = {"format": master.format, "width": width, "height": height, "bytes": len(data)}
    source |= {"frames": master.frames} if master.motion else {}
    timings = {"decode": _ms(began, decoded), "variants": _ms(decoded, time.perf_counter())}
    return Derived(source, taken, variants, _stilled(master, variants), timings)


def sanitised(file: Decoded, keep: list[str], credentials: Credentials | None = None) -> Master:
    """The picture freed of everything but its pixels and what is to be kept."""
    chain = Chain.of(file, keep, credentials)
    kept = choose_kept(file, keep)
    if chain is not None:
        kept = replace(kept, names=kept.names | {"c2pa"})
    clean = cleaning(file, kept)
    first = clean(file.image)  # before the animation is read, which moves the file on
    mark_key = credentials.mark_key if credentials else None
    return Master(first, file.format, kept, chain, mark_key, read_motion(file, clean))


def cleaning(file: Decoded, kept: Kept) -> Step:
    """What brings the file's pictures upright, to 8 bits and to sRGB."""
    exif, profile = read_exif(file.image), file.image.info.get("icc_profile")
    return lambda image: to_srgb(orient(image, exif), profile, keep_icc=bool(kept.icc))


def packed(master: Master) -> Master:
    """The same, ready to be scaled many times; an animation's frames are scaled one by one."""
    if master.motion or isinstance(master.image, Packed):
        return master
    return replace(master, image=Packed(master.image))


def _step(
    master: Master, spec: dict[str, Any], limits: Limits, fetch: Fetch
) -> tuple[float, Callable[[], DerivedVariant]]:
    """A variant to be made, and about how many pixels it holds beside the master's one.

    Its mark is read here and not beside others: only the main thread has a limit of decode seconds.
    """
    sides = zip((spec.get("width"), spec.get("height")), master.image.size, strict=True)
    ratios = [min(1.0, side / of) for side, of in sides if side]
    share = math.prod(ratios * 2 if len(ratios) == 1 else ratios)
    decorate = decoration(spec, limits, fetch, master.mark_key)
    return share, lambda: make_variant(master, spec, limits, decorate)


def _stilled(master: Master, variants: list[DerivedVariant]) -> list[dict[str, str]]:
    return [
        {"what": "frames", "from": str(master.frames), "to": "1", "variant": variant.name}
        for variant in variants
        if variant.frames < master.frames
    ]


def make_variant(
    master: Master, spec: dict[str, Any], limits: Limits, decorate: Step
) -> DerivedVariant:
    """One variant, as a loaded Variant schema describes it.

    A background that the spec names also fills what is transparent, in every format.
    """
    background = rgba(spec["background"]) if "background" in spec else WHITE
    filled = background if background[3] == 255 and "background" in spec else None
    form = output_format(master, spec.get("format", "original"))
    quality, chain = spec.get("quality"), master.chain
    if chain is not None:
        quality = chain.leave_room(quality, form)

    def make(source: Picture, spec: dict[str, Any], limits: Limits) -> Image.Image:
        image = decorate(transform(source, spec, limits))
        return flatten(image, filled) if filled else image

    if master.motion and form in MOVING:
        fixed = steady(spec, master.image)
        # All frames together are held against the limit of pixels, as those of the source were.
        share = replace(limits, max_pixels=limits.max_pixels // master.frames)
        motion = master.motion.each(lambda frame: make(frame, fixed, share))
        size, frames = motion.frames[0].size, master.frames
        file = encode_motion(motion, form, quality, master.kept)
    else:
        image = make(master.image, spec, limits)
        size, frames = image.size, 1
        file = encode(image, form, quality, background, master.kept)
    if chain is not None:
        file = chain.sign(file, size, spec, master.kept)
    return DerivedVariant(spec["name"], file, *size, frames)


def transform(image: Picture, spec: dict[str, Any], limits: Limits) -> Image.Image:
    """Crop, then fit into width and height."""
    if "crop" in spec:
        image = crop(image, **spec["crop"])
    names = ("width", "height", "fit", "gravity", "enlarge")
    fitting: dict[str, Any] = {name: spec[name] for name in names if name in spec}
    if "background" in spec:
        fitting["background"] = rgba(spec["background"])
    return resize(image, Fit(**fitting), limits.max_pixels)


def decoration(
    spec: dict[str, Any], limits: Limits, fetch: Fetch, mark_key: bytes | None = None
) -> Step:
    """Text overlay, then watermark, where the spec has them; the mark is read once."""
    text = None
    if "text_overlay" in spec:
        text = overlay_frames(Overlay.from_payload(spec["text_overlay"]))
    wanted = spec.get("watermark")
    mark = read_mark(wanted, limits, fetch, mark_key) if wanted else None

    def decorate(image: Image.Image) -> Image.Image:
        if (text or mark) and image.mode == "L":
            image = image.convert("RGB")
        image = text(image) if text else image
        return watermark(image, mark) if mark else image

    return decorate


def read_mark(
    data: dict[str, Any], limits: Limits, fetch: Fetch, mark_key: bytes | None = None
) -> Mark:
    """A watermark with its picture fetched and decoded through the same door as any other."""
    picture = None
    if "image" in data:
        file = open_image(fetch(data["image"]), limits)
        picture = cleaning(file, Kept())(file.image)
    return Mark.from_payload(data, picture, mark_key)


def output_format(master: Master, wanted: str) -> str:
    """The format to write; original is the source's own, but a still GIF becomes PNG."""
    if wanted != "original":
        return wanted
    return "png" if master.format == "gif" and not master.motion else master.format


def _ms(start: float, end: float) -> float:
    return round((end - start) * 1000, 1)
