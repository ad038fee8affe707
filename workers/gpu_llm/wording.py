"""Phrases that answers made by rule are built from."""

from __future__ import annotations

FINISHES: dict[str, tuple[str, ...]] = {
    "photorealistic": ("natural colours", "crisp focus", "rich texture", "fine detail"),
    "anime": ("clean outlines", "cel shading", "painted background", "bold line art"),
}
NEGATIVES: dict[str, str] = {
    "photorealistic": (
        "cartoon, anime, drawing, painting, 3d render, blurry, low quality, text, watermark"
    ),
    "anime": ("photo, photorealistic, 3d render, film grain, blurry, low quality, text, watermark"),
}
# Each with the word that names the picture, so that a list of prompts reads at a glance.
LIGHTS: tuple[tuple[str, str], ...] = (
    ("in soft morning light", "in the morning"),
    ("in warm evening light", "in the evening"),
    ("in bright daylight", "by day"),
    ("at night under the stars", "at night"),
    ("at sunset", "at sunset"),
    ("in the pale light of dawn", "at dawn"),
)
VIEWS = (
    "wide shot",
    "close view",
    "low angle",
    "centred composition",
    "seen from above",
    "rule of thirds",
    "symmetrical view",
    "long view",
)
MOODS = ("serene", "lively", "dreamy", "festive", "quiet", "warm", "solemn", "playful")
SHAPES: tuple[tuple[str, frozenset[str]], ...] = (
    ("16:9", frozenset({"panorama", "panoramic", "skyline", "horizon", "cinematic", "widescreen"})),
    ("3:2", frozenset({"landscape", "coast", "valley", "mountains", "desert", "beach", "market"})),
    ("2:3", frozenset({"portrait", "tower", "lighthouse", "waterfall", "statue", "dancer"})),
)
