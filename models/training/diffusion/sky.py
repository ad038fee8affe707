"""Skies of the renderer: gradients or bands, sun, moon, stars and clouds."""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from models.training.diffusion.kit import SUPERSAMPLE, Canvas, Colour, Light, mix
from models.training.diffusion.scene import Scene, horizon, snapped

GRADIENTS: dict[str, dict[str, tuple[Colour, Colour, Colour]]] = {
    "photorealistic": {
        "dawn": ((120, 146, 196), (226, 186, 190), (255, 222, 186)),
        "day": ((44, 110, 200), (116, 176, 232), (208, 230, 244)),
        "sunset": ((74, 62, 120), (226, 108, 84), (255, 190, 96)),
        "night": ((8, 12, 36), (18, 30, 74), (52, 72, 122)),
    },
    "anime": {
        "dawn": ((140, 158, 230), (246, 182, 208), (255, 230, 184)),
        "day": ((26, 124, 240), (92, 186, 255), (196, 236, 255)),
        "sunset": ((116, 64, 168), (250, 112, 110), (255, 206, 92)),
        "night": ((16, 16, 66), (36, 38, 112), (80, 80, 158)),
    },
}
TINTS: dict[str, tuple[float, float, float]] = {
    "dawn": (1.0, 0.88, 0.87),
    "day": (1.0, 1.0, 1.0),
    "sunset": (0.98, 0.78, 0.64),
    "night": (0.58, 0.58, 0.8),
}
# Shapes of clouds: puffs as (x, y, radius) in units of the cloud's width.
PUFFS = ((-0.36, 0.0, 0.13), (-0.16, -0.07, 0.19), (0.08, -0.1, 0.22), (0.3, -0.02, 0.15))


def light_of(scene: Scene) -> Light:
    """The light that falls on everything in the scene."""
    tint = TINTS[scene.time]
    if scene.weather == "cloudy" and scene.time == "day":
        tint = (0.88, 0.9, 0.93)
    return Light(tint, scene.time == "night", scene.style == "anime")


def sky_colours(scene: Scene) -> tuple[Colour, Colour, Colour]:
    """Sky colours of the scene: top, middle and horizon."""
    top, middle, low = GRADIENTS[scene.style][scene.time]
    grey = {"clear": 0.0, "cloudy": 0.35, "misty": 0.3}[scene.weather]
    veil: Colour = (28, 32, 52) if scene.time == "night" else (204, 206, 212)
    return mix(top, veil, grey), mix(middle, veil, grey), mix(low, veil, grey * 0.6)


def paint_sky(canvas: Canvas, scene: Scene) -> None:
    """Fill the canvas with the sky down to the horizon, lights and clouds in it."""
    level = horizon(scene)
    stops = np.array(sky_colours(scene), dtype=np.float32)
    count = 7 if scene.style == "anime" else 64
    share = np.linspace(0, 1, count)
    column = np.stack([np.interp(share, (0, 0.55, 1), stops[:, c]) for c in range(3)], axis=1)
    how = Image.Resampling.NEAREST if scene.style == "anime" else Image.Resampling.BILINEAR
    strip = Image.fromarray(column.astype(np.uint8)[:, None])
    width, height = canvas.image.size
    canvas.image.paste(strip.resize((width, level * SUPERSAMPLE), how), (0, 0))
    canvas.draw.rectangle(
        (0, level * SUPERSAMPLE, width, height), fill=tuple(int(c) for c in column[-1])
    )
    if scene.time == "night" and scene.weather != "cloudy":
        _stars(canvas, scene)
    _luminary(canvas, scene)
    if scene.weather != "misty":
        _clouds(canvas, scene)


def _stars(canvas: Canvas, scene: Scene) -> None:
    rng = np.random.default_rng(scene.seed)
    width, height = canvas.size
    size = 1.9 if scene.style == "anime" else 1.3
    for _ in range(34):
        x = float(snapped(rng.uniform(0, width)) + 8)
        y = float(snapped(rng.uniform(0, height * 0.5)) + 8)
        radius = size * float(rng.choice((0.7, 1.0, 1.4)))
        canvas.fill(
            [(x - radius, y), (x, y - radius), (x + radius, y), (x, y + radius)], (236, 240, 255)
        )


def _luminary(canvas: Canvas, scene: Scene) -> None:
    width, height = canvas.size
    level = horizon(scene)
    short = min(width, height)
    x = snapped(width * (0.18, 0.14, 0.2)[scene.layout])
    y, radius, colour = {
        "dawn": (level - 0.12 * height, 0.06 * short, (255, 246, 220)),
        "day": (0.14 * height, 0.05 * short, (255, 252, 232)),
        "sunset": (level - 0.09 * height, 0.1 * short, (255, 226, 130)),
        "night": (0.17 * height, 0.065 * short, (246, 244, 222)),
    }[scene.time]
    if scene.weather != "clear" and scene.time == "day":
        return
    centre = (x, snapped(y))
    if scene.style == "photorealistic":
        _halo(canvas, centre, radius * 3.2, colour)
    else:
        _disc(canvas, centre, radius * 1.35, mix(colour, sky_colours(scene)[1], 0.6))
    _disc(canvas, centre, radius, colour)


def _disc(canvas: Canvas, centre: tuple[float, float], radius: float, colour: Colour) -> None:
    x, y = centre
    box = [(x - radius) * SUPERSAMPLE, (y - radius) * SUPERSAMPLE]
    box += [(x + radius) * SUPERSAMPLE, (y + radius) * SUPERSAMPLE]
    canvas.draw.ellipse(box, fill=colour)


def _halo(canvas: Canvas, centre: tuple[int, int], radius: float, colour: Colour) -> None:
    size = round(radius * 2 * SUPERSAMPLE)
    axis = np.linspace(-1, 1, 48)
    distance = np.sqrt(axis[:, None] ** 2 + axis[None] ** 2)
    glow = (np.clip(1 - distance, 0, 1) ** 2 * 190).astype(np.uint8)
    mask = Image.fromarray(glow).resize((size, size), Image.Resampling.BILINEAR)
    left = (round((centre[0] - radius) * SUPERSAMPLE), round((centre[1] - radius) * SUPERSAMPLE))
    canvas.image.paste(Image.new("RGB", (size, size), colour), left, mask)


def _clouds(canvas: Canvas, scene: Scene) -> None:
    width, height = canvas.size
    many = scene.weather == "cloudy"
    spots = [(0.8, 0.16, 0.42), (0.42, 0.3, 0.3)]
    if many:
        spots += [(0.2, 0.12, 0.56), (0.62, 0.07, 0.5), (0.9, 0.4, 0.42)]
    top, middle, low = sky_colours(scene)
    white: Colour = (255, 255, 255)
    bright = mix(low, white, 0.55) if scene.time != "night" else mix(middle, white, 0.16)
    shade = mix(bright, top, 0.3)
    drawn = [
        (snapped(x * width), snapped(y * height), snapped(size * width * 0.8))
        for x, y, size in spots
    ]
    if scene.style == "anime":
        for cloud in drawn:
            _puffs(canvas.draw, cloud, shade, 0.02, SUPERSAMPLE)
            _puffs(canvas.draw, cloud, bright, -0.015, SUPERSAMPLE)
        return
    small = (width // 4, height // 4)
    mask = Image.new("L", small)
    brush = ImageDraw.Draw(mask)
    for cloud in drawn:
        _puffs(brush, cloud, 215 if many else 175, 0.0, 0.25)
    mask = mask.filter(ImageFilter.GaussianBlur(3)).resize(canvas.image.size)
    ramp = Image.fromarray(np.array([bright, mix(bright, top, 0.4)], dtype=np.uint8)[:, None])
    canvas.image.paste(ramp.resize(canvas.image.size, Image.Resampling.BILINEAR), (0, 0), mask)


def _puffs(
    brush: ImageDraw.ImageDraw, cloud: tuple[int, int, int], fill: Colour | int,
    shift: float, scale: float,
) -> None:  # fmt: skip
    x, y, size = cloud
    foot = y + size * (0.09 + shift)
    for across, up, radius in PUFFS:
        centre = (x + across * size, y + (up + shift) * size)
        reach = radius * size
        box = (
            centre[0] - reach,
            centre[1] - reach,
            centre[0] + reach,
            min(centre[1] + reach, foot),
        )
        brush.ellipse([value * scale for value in box], fill=fill)
    base = (x - 0.47 * size, foot - 0.1 * size, x + 0.45 * size, foot)
    brush.rounded_rectangle(
        [value * scale for value in base], radius=0.05 * size * scale, fill=fill
    )
