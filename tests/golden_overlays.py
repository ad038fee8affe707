"""The overlays and marks whose looks are kept: `python -m tests.golden_overlays` draws them anew.

A new picture is to be looked at before it is committed.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from workers.cpu_processing.steps.overlay import Overlay, Shadow, overlay
from workers.cpu_processing.steps.watermark import Mark, watermark

FOLDER = Path(__file__).parent / "data" / "overlays"
COLOR_EMOJI = frozenset(("emoji",))  # drawn with Debian's font, where it is installed
OVERLAYS = {
    "indic": Overlay("नमस्ते क्षत्रिय\nবাংলা ভাষা\nதமிழ் மொழி", size=0.16, position="center"),
    "right-to-left": Overlay(
        "שלום London 2026!\nمرحبا بالعالم ١٢٣", size=0.16, position="east", align="right"
    ),
    "east-asian": Overlay(
        "「ちょっと」日本語のテキスト、\n中文文本，测试。\n한국어 텍스트",
        size=0.15, position="center",
    ),
    "south-east-asian": Overlay(
        "สวัสดีชาวโลก ที่นี่\nភាសាខ្មែរគឺជាភាសា\nမြန်မာဘာသာ ພາສາລາວ", size=0.14, position="center"
    ),
    "emoji": Overlay("Party 🎉 日本 👍🏽 ❤️ 🇹🇭 👨‍👩‍👧‍👦", size=0.16, position="center"),
    "shadow": Overlay(
        "Grüße, Łódź", size=0.3, position="northwest", color=(255, 220, 0, 255), shadow=Shadow()
    ),
    "stroke": Overlay(
        "Việt Nam", size=0.35, position="center", stroke=0.08, stroke_color=(200, 0, 0, 255)
    ),
    "box": Overlay(
        "A box with words in it that are broken into lines", size=0.14, max_width=0.6,
        background=(255, 255, 255, 200), align="left", position="southeast",
    ),
}  # fmt: skip
MARKS = {
    "mark": Mark("© Imajin", rotation=25, scale=0.6, position="center"),
    "mark-tiled": Mark("إماجين ٢٠٢٦", rotation=30, scale=0.25, tile=True, opacity=0.7),
}


def ground() -> Image.Image:
    """Dark on the left, light on the right, with a hue: small as a file, unkind to one colour."""
    ramp = np.linspace((25, 30, 70), (235, 215, 190), 320)
    return Image.fromarray(np.tile(ramp.round().astype(np.uint8), (150, 1, 1)))


def logo() -> Image.Image:
    """A disc and a bar on nothing."""
    picture = Image.new("RGBA", (120, 60))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((2, 2, 57, 57), (230, 60, 40, 255))
    draw.rectangle((62, 12, 117, 47), (40, 90, 220, 255))
    return picture


def drawn() -> dict[str, Image.Image]:
    """Every golden picture, drawn now."""
    texts = {name: overlay(ground(), want) for name, want in OVERLAYS.items()}
    marks = {name: watermark(ground(), mark) for name, mark in MARKS.items()}
    image = Mark(picture=logo(), rotation=-45, scale=0.12, tile=True, opacity=0.8)
    return texts | marks | {"mark-image-tiled": watermark(ground(), image)}


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, picture in drawn().items():
        picture.save(FOLDER / f"{name}.png", optimize=True)
