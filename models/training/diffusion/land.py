"""Grounds of the renderer: what lies behind the subject, under it, and in the water before it."""

import numpy as np
from PIL import Image

from models.training.diffusion.kit import Canvas, Colour, Point, mix
from models.training.diffusion.scene import Scene, horizon, snapped, stand
from models.training.diffusion.sky import sky_colours

GRASS: dict[str, Colour] = {
    "spring": (112, 178, 84), "summer": (84, 154, 66),
    "autumn": (188, 142, 66), "winter": (236, 242, 248),
}  # fmt: skip
LEAVES: dict[str, Colour] = {
    "spring": (92, 152, 86), "summer": (46, 104, 64),
    "autumn": (200, 106, 46), "winter": (168, 190, 200),
}  # fmt: skip
SAND: Colour = (232, 196, 132)
STANDS_IN_WATER = ("torii", "sailboat", "bridge")


def hazed(canvas: Canvas, scene: Scene, colour: Colour, far: float) -> Colour:
    """A colour in the scene's light, faded towards the horizon's by its distance (0 to 1)."""
    fog = 0.35 if scene.weather == "misty" else 0.0
    return mix(canvas.light.on(colour), sky_colours(scene)[2], min(0.92, far + fog * (far + 0.3)))


def ridge(width: int, level: float, peaks: tuple[tuple[float, float], ...]) -> list[Point]:
    """A polygon under straight slopes between peaks given as (share of width, pixels up)."""
    points = [(x * width, level - up) for x, up in peaks]
    return [(-4.0, level + 2), *points, (width + 4.0, level + 2)]


def wave(
    width: int, level: float, swing: float, turns: float, phase: float, low: int
) -> list[Point]:
    """A polygon from a sine line down to a lower edge."""
    line = [
        (width * i / 40, level + swing * float(np.sin(turns * 2 * np.pi * i / 40 + phase)))
        for i in range(41)
    ]
    return [*line, (width + 4.0, low), (-4.0, low)]


def paint_far(canvas: Canvas, scene: Scene) -> None:
    """What stands at the horizon: peaks, hills, dunes, trees or a skyline."""
    width, height = canvas.size
    level = horizon(scene)
    if scene.place in ("mountains", "lake"):
        _peaks(canvas, scene, level, 0.34 if scene.place == "mountains" else 0.2)
    elif scene.place == "desert":
        far = hazed(canvas, scene, SAND, 0.35)
        canvas.fill(
            wave(width, level - 0.03 * height, 0.02 * height, 1.0, scene.layout, level + 4), far
        )
    elif scene.place == "meadow":
        far = hazed(canvas, scene, GRASS[scene.season], 0.5)
        canvas.fill(
            wave(width, level - 0.05 * height, 0.035 * height, 1.2, scene.layout, level + 4), far
        )
    elif scene.place == "forest":
        _conifers(canvas, scene, level)
    elif scene.place == "city":
        _skyline(canvas, scene, level)


def _peaks(canvas: Canvas, scene: Scene, level: int, rise: float) -> None:
    width, height = canvas.size
    rock: Colour = (104, 116, 142)
    tops = ((0.0, 0.45), (0.16, 0.85), (0.33, 0.45), (0.58, 0.6), (0.8, 1.0), (1.0, 0.5))
    peaks = tuple((x, snapped(up * rise * height)) for x, up in tops)
    canvas.fill(ridge(width, level, peaks), hazed(canvas, scene, rock, 0.32))
    snow = hazed(canvas, scene, (250, 250, 255), 0.15)
    for x, up in (peaks[1], peaks[4], peaks[3]):
        top, cap = level - up, up * 0.3
        jag = [
            (x * width, top),
            (x * width + cap * 0.62, top + cap),
            (x * width + cap * 0.2, top + cap * 0.8),
        ]
        jag += [(x * width - cap * 0.1, top + cap * 1.1), (x * width - cap * 0.6, top + cap * 0.9)]
        canvas.fill(jag, snow)
    near = hazed(canvas, scene, LEAVES[scene.season], 0.3)
    canvas.fill(
        wave(width, level - 0.03 * height, 0.018 * height, 1.5, scene.layout, level + 4), near
    )


def _conifers(canvas: Canvas, scene: Scene, level: int) -> None:
    width, height = canvas.size
    for row, (far, tall) in enumerate(((0.45, 0.24), (0.2, 0.17))):
        colour = hazed(canvas, scene, LEAVES[scene.season], far)
        step = 32 if row else 48
        for index, x in enumerate(range(0, width + step, step)):
            top = snapped(tall * height * (1.0, 0.8, 0.92)[(index + scene.layout) % 3])
            half = step * 0.62
            for tier in range(3):
                low = level + 6 - top * tier * 0.28
                reach = half * (1 - 0.25 * tier)
                canvas.fill([(x - reach, low), (x, low - top * 0.46), (x + reach, low)], colour)


def _skyline(canvas: Canvas, scene: Scene, level: int) -> None:
    width, height = canvas.size
    tall = (0.2, 0.32, 0.15, 0.26, 0.38, 0.18, 0.3, 0.22)
    for row, far in enumerate((0.5, 0.25)):
        colour = hazed(canvas, scene, (96, 106, 128), far)
        for index, x in enumerate(range(0, width, 48)):
            up = snapped(tall[(index * 3 + row * 2 + scene.layout) % 8] * height * (1 - 0.42 * row))
            left = x + row * 16
            box = [
                (left, level + 4),
                (left, level - up),
                (left + 40, level - up),
                (left + 40, level + 4),
            ]
            canvas.fill(box, colour)
            if row:
                _windows(canvas, scene, left, level - up, level)


def _windows(canvas: Canvas, scene: Scene, left: int, top: int, level: int) -> None:
    lit: Colour = (252, 208, 112)
    glass = lit if scene.time == "night" else hazed(canvas, scene, (172, 190, 212), 0.2)
    for y in range(top + 8, level - 6, 16):
        for x in range(left + 6, left + 36, 12):
            canvas.fill([(x, y), (x, y + 7), (x + 6, y + 7), (x + 6, y)], glass)


def paint_ground(canvas: Canvas, scene: Scene) -> None:
    """Fill below the horizon: water, sand, grass or pavement."""
    width, height = canvas.size
    level = horizon(scene)
    if scene.place in ("sea", "lake"):
        _water(canvas, scene, level)
        return
    base = SAND if scene.place == "desert" else GRASS[scene.season]
    if scene.place == "city":
        base = mix((150, 152, 156), GRASS[scene.season], 0.35)
    for step, share in enumerate((0.0, 0.34, 0.7)):
        top = snapped(level + (height - level) * share)
        gain = 1.0 - 0.1 * step
        swing = 0.0 if scene.place == "city" else 0.014 * height * (1 + step)
        colour = mix(canvas.light.on(base, gain), sky_colours(scene)[2], 0.22 - 0.11 * step)
        canvas.fill(wave(width, top, swing, 0.8, step * 1.7 + scene.layout, height + 4), colour)
    if scene.place == "meadow" and scene.season in ("spring", "summer"):
        _flowers(canvas, scene, level)


def _flowers(canvas: Canvas, scene: Scene, level: int) -> None:
    width, height = canvas.size
    colours: tuple[Colour, ...] = ((250, 232, 120), (248, 248, 250), (240, 130, 130))
    for index in range(width // 32):
        x = index * 32 + 16
        y = snapped(height * (0.9, 0.96, 0.93)[(index + scene.layout) % 3])
        size = 4.0
        petals = [(x - size, y), (x, y - size), (x + size, y), (x, y + size)]
        canvas.fill(petals, canvas.light.on(colours[index % 3]))


def _water(canvas: Canvas, scene: Scene, level: int) -> None:
    width, height = canvas.size
    _, middle, low = sky_colours(scene)
    blue: Colour = canvas.light.on((44, 112, 158))
    bands = 5
    for band in range(bands):
        y = snapped(level + (height - level) * band / bands)
        colour = mix(mix(low, middle, 0.4), blue, 0.25 + 0.6 * band / bands)
        canvas.fill([(0, y), (width, y), (width, height + 2), (0, height + 2)], colour)
    crest = mix(low, (255, 255, 255), 0.35)
    for row in range(1, 7):
        y = snapped(level + (height - level) * row / 7)
        for index in range(3):
            x = snapped(width * ((index * 0.37 + row * 0.23 + scene.layout * 0.11) % 1.0))
            length = 20 + 6 * row
            canvas.line([(x - length, y + 6), (x + length, y + 6)], crest, 1.2 + 0.2 * row)


def paint_footing(canvas: Canvas, scene: Scene) -> None:
    """Ground for a subject that cannot stand in water: a beach by the sea, a bank by a lake."""
    if scene.place not in ("sea", "lake") or scene.subject in STANDS_IN_WATER:
        return
    width, height = canvas.size
    if scene.place == "lake":
        level = horizon(scene)
        bank = hazed(canvas, scene, GRASS[scene.season], 0.08)
        line = [(-4.0, level - 5), (width * 0.25, level - 12), (width * 0.75, level - 12)]
        canvas.fill(
            [*line, (width + 4.0, level - 5), (width + 4.0, level + 3), (-4.0, level + 3)], bank
        )
        return
    shore = height * 0.82
    sand = canvas.light.on((238, 214, 164) if scene.season != "winter" else (238, 240, 246))
    foam = mix(sky_colours(scene)[2], (255, 255, 255), 0.5)
    canvas.fill(wave(width, shore - 7, 6, 0.6, scene.layout, height + 4), foam)
    canvas.fill(wave(width, shore, 6, 0.6, scene.layout, height + 4), sand)


def reflect(picture: Image.Image, scene: Scene) -> Image.Image:
    """The picture with what stands over the water mirrored in it, rippled and dimmed."""
    if scene.place == "lake":
        level = horizon(scene)
    elif scene.place == "sea" and scene.subject in STANDS_IN_WATER:
        level = stand(scene)[0][1]
    else:
        return picture
    pixels = np.asarray(picture).copy()
    depth = pixels.shape[0] - level
    mirror = pixels[max(0, level - depth) : level][::-1].astype(np.float32)
    rows = np.arange(len(mirror))
    swing = np.round((1 + rows / 24) * np.sin(rows * 2 * np.pi / 16)).astype(int)
    columns = (np.arange(pixels.shape[1])[None] + swing[:, None]) % pixels.shape[1]
    mirror = np.take_along_axis(mirror, columns[..., None], axis=1)
    water = pixels[level : level + len(mirror)].astype(np.float32)
    keep = 0.62 if scene.place == "lake" else 0.45
    mixed = water * (1 - keep) + mirror * 0.92 * keep
    pixels[level : level + len(mirror)] = mixed.astype(np.uint8)
    return Image.fromarray(pixels)


def veil(picture: Image.Image, scene: Scene) -> Image.Image:
    """The picture with mist over its lower half when the weather has it."""
    if scene.weather != "misty":
        return picture
    level = horizon(scene) / picture.height
    rows = np.linspace(0, 1, picture.height)
    share = 0.5 * np.exp(-(((rows - level) / 0.16) ** 2)) + 0.1
    mist = np.array(sky_colours(scene)[2], dtype=np.float32)
    pixels = np.asarray(picture, dtype=np.float32)
    mixed = pixels + (mist - pixels) * share[:, None, None].astype(np.float32)
    return Image.fromarray(mixed.astype(np.uint8))
