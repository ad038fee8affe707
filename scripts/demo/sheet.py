"""The contact sheet: one row a wish, the picture large and its variants small beside it."""

from __future__ import annotations

import textwrap
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from scripts.demo.flow import Outcome

SIDE, SMALL, GAP, TEXT = 384, 184, 16, 440


def contact_sheet(outcomes: list[Outcome], path: Path) -> Path:
    """Write the sheet as JPEG and return its path."""
    columns = 2
    width = GAP + SIDE + GAP + columns * (SMALL + GAP) + TEXT + GAP
    height = GAP + len(outcomes) * (SIDE + GAP)
    sheet = Image.new("RGB", (width, height), "#f4f2ee")
    for row, outcome in enumerate(outcomes):
        top = GAP + row * (SIDE + GAP)
        _paste(sheet, outcome.picture, (GAP, top), SIDE)
        for n, variant in enumerate(outcome.variants[:4]):
            left = 2 * GAP + SIDE + (n % columns) * (SMALL + GAP)
            _paste(sheet, variant, (left, top + (n // columns) * (SMALL + GAP)), SMALL)
        _write(sheet, outcome, (width - TEXT, top))
    sheet.save(path, quality=88, optimize=True)
    return path


def _paste(sheet: Image.Image, picture: Path, corner: tuple[int, int], side: int) -> None:
    with Image.open(picture) as image:
        small = image.convert("RGB")
    small.thumbnail((side, side), Image.Resampling.LANCZOS)
    sheet.paste(small, corner)


def _write(sheet: Image.Image, outcome: Outcome, corner: tuple[int, int]) -> None:
    draw, (left, top) = ImageDraw.Draw(sheet), corner
    blocks = [
        (20, "#222222", outcome.description, 40),
        (14, "#8a5a22", f"{outcome.culture} · {outcome.style}", 60),
        (14, "#555555", outcome.prompt, 62),
        *((13, "#555555", f"{s.name}: {s.seconds:.1f} s  {s.note}", 66) for s in outcome.stages),
    ]
    for size, color, text, characters in blocks:
        font = ImageFont.load_default(size)
        for line in textwrap.wrap(text, characters):
            draw.text((left, top), line, fill=color, font=font)
            top += int(size * 1.35)
        top += size // 2
