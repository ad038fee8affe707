"""Derivatives: one decode, then for each variant transform, convert and optimise."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from PIL import Image

from workers.cpu_processing.credentials import Credentials
from workers.cpu_processing.decode import Decoded, Limits, open_image
from workers.cpu_processing.metadata import read_exif
from workers.cpu_processing.seal import Chain
from workers.cpu_processing.steps.colour import flatten, rgba, to_srgb
from workers.cpu_processing.steps.crop import crop
from workers.cpu_processing.steps.encode import WHITE, Encoded, encode
from workers.cpu_processing.steps.orient import orient
from workers.cpu_processing.steps.overlay import Overlay, overlay
from workers.cpu_processing.steps.resize import Fit, resize
from workers.cpu_processing.steps.sanitize import Kept, choose_kept, removed
from workers.cpu_processing.steps.watermark import Mark, watermark
from workers.work import Report

Fetch = Callable[[dict[str, Any]], bytes]  # a blob reference as JSON -> its bytes


@dataclass(frozen=True)
class DerivedVariant:
    """One encoded variant and its size in pixels."""

    name: str
    file: Encoded
    width: int
    height: int


@dataclass(frozen=True)
class Derived:
    """The source (format, upright width and height, bytes), what was taken out, the variants."""

    source: dict[str, Any]
    removed: list[str]
    variants: list[DerivedVariant]
    timings: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Master:
    """The sanitised source that all variants are made of: upright, 8 bits, sRGB."""

    image: Image.Image
    format: str
    kept: Kept
    chain: Chain | None = None


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
    master = sanitised(file, payload.get("sanitize", {}).get("keep", []), credentials)
    report("decode", 1, 1)
    decoded = time.perf_counter()
    specs = payload["variants"]
    variants: list[DerivedVariant] = []
    for number, spec in enumerate(specs):
        report("variants", number, len(specs))
        variants.append(make_variant(master, spec, limits, fetch))
    report("variants", len(specs), len(specs))
    width, height = master.image.size
    source = {"format": file.format, "width": width, "height": height, "bytes": len(data)}
    timings = {"decode": _ms(began, decoded), "variants": _ms(decoded, time.perf_counter())}
    return Derived(source, removed(file, master.kept), variants, timings)


def sanitised(file: Decoded, keep: list[str], credentials: Credentials | None = None) -> Master:
    """The picture freed of everything but its pixels and what is to be kept."""
    chain = Chain.of(file, keep, credentials)
    kept = choose_kept(file, keep)
    if chain is not None:
        kept = replace(kept, names=kept.names | {"c2pa"})
    upright = orient(file.image, read_exif(file.image))
    profile = file.image.info.get("icc_profile")
    image = to_srgb(upright, profile, keep_icc=bool(kept.icc))
    return Master(image, file.format, kept, chain)


def make_variant(
    master: Master, spec: dict[str, Any], limits: Limits, fetch: Fetch
) -> DerivedVariant:
    """One variant, as a loaded Variant schema describes it.

    A background that the spec names also fills what is transparent, in every format.
    """
    background = rgba(spec["background"]) if "background" in spec else WHITE
    image = transform(master.image, spec, limits)
    image = decorate(image, spec, limits, fetch)
    if background[3] == 255 and "background" in spec:
        image = flatten(image, background)
    form = output_format(master.format, spec.get("format", "original"))
    quality, chain = spec.get("quality"), master.chain
    if chain is not None:
        quality = chain.leave_room(quality, form)
    file = encode(image, form, quality, background, master.kept)
    if chain is not None:
        file = chain.sign(file, image.size, spec, master.kept)
    return DerivedVariant(spec["name"], file, *image.size)


def transform(image: Image.Image, spec: dict[str, Any], limits: Limits) -> Image.Image:
    """Crop, then fit into width and height."""
    if "crop" in spec:
        image = crop(image, **spec["crop"])
    names = ("width", "height", "fit", "gravity")
    fitting: dict[str, Any] = {name: spec[name] for name in names if name in spec}
    if "background" in spec:
        fitting["background"] = rgba(spec["background"])
    return resize(image, Fit(**fitting), limits.max_pixels)


def decorate(image: Image.Image, spec: dict[str, Any], limits: Limits, fetch: Fetch) -> Image.Image:
    """Text overlay, then watermark, where the spec has them."""
    if ("text_overlay" in spec or "watermark" in spec) and image.mode == "L":
        image = image.convert("RGB")
    if "text_overlay" in spec:
        image = overlay(image, Overlay.from_payload(spec["text_overlay"]))
    if "watermark" in spec:
        image = watermark(image, read_mark(spec["watermark"], limits, fetch))
    return image


def read_mark(data: dict[str, Any], limits: Limits, fetch: Fetch) -> Mark:
    """A watermark with its picture fetched and decoded through the same door as any other."""
    picture = None
    if "image" in data:
        picture = sanitised(open_image(fetch(data["image"]), limits), []).image
    return Mark.from_payload(data, picture)


def output_format(source: str, wanted: str) -> str:
    """The format to write; original is the source's own, but a still GIF becomes PNG."""
    if wanted != "original":
        return wanted
    return "png" if source == "gif" else source


def _ms(start: float, end: float) -> float:
    return round((end - start) * 1000, 1)
