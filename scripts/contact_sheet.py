"""The contact sheet of overlays and watermarks: python -m scripts.contact_sheet.

Writes docs/overlays.webp over pictures of docs/demo.jpg.
"""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw

from workers.cpu_processing.steps.colour import Rgba
from workers.cpu_processing.steps.overlay import Overlay, Shadow, overlay
from workers.cpu_processing.steps.watermark import Mark, watermark

DOCS = Path(__file__).parent.parent / "docs"
_SIDE, _GAP, _COLUMNS = 384, 10, 5
_CORNERS = ((16, 16), (16, 416), (16, 816))  # of the three large pictures in the demo's sheet
_YELLOW: Rgba = (255, 214, 0, 255)

TEXTS = {
    "Latin, Greek, Cyrillic": Overlay("Grüße aus Łódź\nΚαλημέρα κόσμε\nПривет, мир", size=0.09),
    "Vietnamese, stroke": Overlay(
        "Việt Nam", size=0.2, stroke=0.07, color=_YELLOW, position="center"
    ),
    "Hebrew, both directions": Overlay("שלום London 2026!", size=0.11, position="north"),
    "Arabic, Urdu": Overlay("مرحبا بالعالم ١٢٣\nاردو میں ٹیکسٹ", size=0.1, shadow=Shadow()),
    "Devanagari, Bengali": Overlay("नमस्ते क्षत्रिय\nবাংলা ভাষা কী সুন্দর", size=0.1),
    "Tamil, Telugu, Kannada": Overlay("தமிழ் மொழி\nతెలుగు\nಕನ್ನಡ", size=0.1, position="center"),
    "Thai, broken between words": Overlay("สวัสดีชาวโลกภาษาไทยที่สวยงามและไพเราะ", size=0.08),
    "Khmer, Lao, Burmese": Overlay("ភាសាខ្មែរគឺជាភាសាផ្លូវការ\nພາສາລາວ\nမြန်မာဘာသာ", size=0.08),
    "Chinese": Overlay("他说：“你好，世界！”然后慢慢地走了。", size=0.09, position="center"),
    "Japanese, between phrases": Overlay("東京でちょっとラーメンを食べました。", size=0.09),
    "Korean": Overlay("대한민국의 수도는 서울이다", size=0.1, position="north"),
    "Emoji": Overlay("Party 🎉 👍🏽 ❤️ 🇹🇭 👨‍👩‍👧‍👦 1️⃣", size=0.11, position="center"),
    "One text, many fonts": Overlay("Latin العربية ไทย ខ្មែរ 日本 한국 தமிழ் ქართ 🎨 ♟ ∑", size=0.09),
    "No colour: light ground": Overlay("Black on light", size=0.1),
    "No colour: dark ground": Overlay("White on dark", size=0.1, position="north"),
    "No colour: busy ground": Overlay("An outline where it must be", size=0.1, position="center"),
    "Box, left": Overlay(
        "A box with words in it that are broken into lines", size=0.075, max_width=0.6,
        background=(255, 255, 255, 215), align="left", position="southeast",
    ),
    "Half clear on a dark box": Overlay(
        "Half clear", size=0.14, color=(255, 255, 255, 150), background=(0, 0, 60, 120)
    ),
    "Hard shadow": Overlay(
        "Sunset", size=0.2, position="northwest", color=_YELLOW,
        shadow=Shadow((120, 0, 60, 255), blur=0.0, x=0.05, y=0.05),
    ),
    "Too much text": Overlay("much text " * 22, size=0.3, position="center"),
}  # fmt: skip
_GROUNDS = {
    "No colour: light ground": 0,
    "No colour: dark ground": 2,
    "No colour: busy ground": 1,
}
MARKS = {
    "Text": Mark("© Imajin", scale=0.35),
    "Text, turned": Mark("© Imajin", rotation=45, scale=0.9, position="center", opacity=0.45),
    "Text, tiled and turned": Mark("إماجين ٢٠٢٦", rotation=30, scale=0.3, tile=True),
    "Image, tiled": Mark(rotation=-20, scale=0.16, tile=True, opacity=0.55),
    "Image": Mark(rotation=0, scale=0.3, opacity=0.9, position="northeast"),
}


def sheet() -> Image.Image:
    """All examples with their names, row by row."""
    grounds = _grounds()
    cells = {}
    for number, (name, want) in enumerate(TEXTS.items()):
        which = _GROUNDS.get(name, number % 3)
        cells[name] = overlay(grounds[which], want)
    for number, (name, mark) in enumerate(MARKS.items()):
        full = mark if mark.text else Mark(**{**vars(mark), "picture": logo()})
        cells[f"Watermark: {name.lower()}"] = watermark(grounds[(number + 1) % 3], full)
    return _arranged(cells)


def logo() -> Image.Image:
    """A disc and a bar on nothing."""
    picture = Image.new("RGBA", (240, 120))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((4, 4, 115, 115), (230, 60, 40, 255))
    draw.rounded_rectangle((124, 24, 235, 95), 12, (40, 90, 220, 255))
    return picture


def _grounds() -> list[Image.Image]:
    with Image.open(DOCS / "demo.jpg") as demo:
        whole = demo.convert("RGB")
    return [whole.crop((x, y, x + _SIDE, y + _SIDE)) for x, y in _CORNERS]


def _arranged(cells: dict[str, Image.Image]) -> Image.Image:
    caption = 26
    rows = -(-len(cells) // _COLUMNS)
    step_x, step_y = _SIDE + _GAP, _SIDE + caption + _GAP
    page = Image.new("RGB", (_COLUMNS * step_x + _GAP, rows * step_y + _GAP), (244, 242, 238))
    for number, (name, cell) in enumerate(cells.items()):
        left = _GAP + number % _COLUMNS * step_x
        top = _GAP + number // _COLUMNS * step_y
        page.paste(cell, (left, top))
        label = Image.new("RGB", (_SIDE, caption), (244, 242, 238))
        want = Overlay(name, size=0.5, position="west", max_width=1.0, color=(60, 60, 60, 255))
        page.paste(overlay(label, want), (left, top + _SIDE))
    return page


if __name__ == "__main__":
    sheet().save(DOCS / "overlays.webp", quality=72, method=6)
