"""Painters of the landmark subjects, each in units of its own height."""

from itertools import pairwise

from models.training.diffusion.kit import Colour, Pen, arc

GOLD: Colour = (232, 186, 72)
MARBLE: Colour = (240, 236, 228)


def torii(pen: Pen) -> None:
    """A shrine gate: two posts, a tie beam and a curved double lintel, all red."""
    red: Colour = (214, 48, 34)
    for side in (-1, 1):
        pen.rect(side * 0.37 - 0.065, 0, side * 0.37 + 0.065, 0.07, (48, 40, 44))
        feet, heads = side * 0.37, side * 0.345
        pen.poly(
            [
                (feet - 0.05, 0.07),
                (heads - 0.045, 0.84),
                (heads + 0.045, 0.84),
                (feet + 0.05, 0.07),
            ],
            red,
            "round",
        )
    pen.rect(-0.5, 0.56, 0.5, 0.64, red)
    pen.rect(-0.055, 0.64, 0.055, 0.82, GOLD)
    pen.mirrored(
        [(0.0, 0.81), (0.3, 0.815), (0.57, 0.85), (0.6, 0.93), (0.3, 0.89), (0, 0.885)], red
    )
    pen.mirrored(
        [(0, 0.885), (0.3, 0.89), (0.61, 0.93), (0.65, 1.0), (0.3, 0.95), (0, 0.945)], (52, 40, 46)
    )


def pagoda(pen: Pen) -> None:
    """A tower of five tiers, each under an upturned roof."""
    roof = pen.pick((46, 92, 96), (60, 72, 84), (52, 104, 76))
    wall = pen.pick((190, 60, 46), (202, 84, 54), (176, 50, 44))
    pen.rect(-0.3, 0, 0.3, 0.035, (168, 160, 150))
    low = 0.035
    for tier in range(5):
        half, rise = 0.215 - 0.03 * tier, 0.165 - 0.008 * tier
        pen.rect(-half, low, half, low + rise * 0.62, wall)
        for x in (-0.58, 0.0, 0.58):
            pen.arch(x * half, low + 0.012, half * 0.17, low + rise * 0.5)
        eave, top = low + rise * 0.55, low + rise
        wide = half + 0.125
        pen.mirrored(
            [
                (0, eave),
                (half + 0.03, eave),
                (wide, eave + 0.045),
                (half * 0.95, top - 0.01),
                (0, top),
            ],
            roof,
        )
        low = top
    pen.poly([(-0.022, low - 0.01), (0, 1.0), (0.022, low - 0.01)], GOLD)


def mosque(pen: Pen) -> None:
    """A great dome with half domes between four slender minarets."""
    stone: Colour = (222, 214, 204)
    dome = pen.pick((88, 132, 172), (96, 150, 160), (110, 124, 156))
    for x, top in ((-0.64, 1.0), (0.64, 1.0), (-0.4, 0.86), (0.4, 0.86)):
        pen.rect(x - 0.028, 0, x + 0.028, top - 0.14, stone, "round")
        pen.rect(x - 0.045, top - 0.36, x + 0.045, top - 0.33, stone)
        pen.rect(x - 0.042, top - 0.17, x + 0.042, top - 0.14, stone)
        pen.poly([(x - 0.034, top - 0.14), (x, top), (x + 0.034, top - 0.14)], dome, "round")
    pen.rect(-0.56, 0, 0.56, 0.24, stone)
    for x in (-0.36, 0.36):
        pen.dome(x, 0.24, 0.15, 0.14, dome)
    pen.rect(-0.3, 0.24, 0.3, 0.36, stone)
    pen.dome(0, 0.36, 0.285, 0.27, dome)
    pen.stroke([(0, 0.63), (0, 0.71)], GOLD, 0.014)
    pen.oval(0, 0.72, 0.02, 0.02, GOLD, "plain")
    pen.arch(0, 0, 0.085, 0.21)
    for x in (-0.44, -0.3, -0.17, 0.17, 0.3, 0.44):
        pen.arch(x, 0.04, 0.034, 0.17)
    for x in (-0.2, -0.1, 0, 0.1, 0.2):
        pen.arch(x, 0.265, 0.02, 0.335)


def pyramid(pen: Pen) -> None:
    """A great pyramid with a lit and a shaded face, and a smaller one behind."""
    sand: Colour = (226, 186, 118)
    dark: Colour = (158, 118, 70)
    for x, size in ((0.72, 0.52), (0.0, 1.0)):
        foot = size * 0.78
        edge = x + size * 0.16
        pen.poly([(x - foot, 0), (x, size), (edge, 0)], sand)
        pen.poly([(edge, 0), (x, size), (x + foot, 0)], dark)
        for step in range(1, 9):
            level = step / 9
            left = x - foot * (1 - level)
            ridge = x + (edge - x) * (1 - level)
            pen.stroke([(left, level * size), (ridge, level * size)], (196, 154, 92), 0.006)
            right = x + foot * (1 - level)
            pen.stroke([(ridge, level * size), (right, level * size)], (132, 96, 56), 0.006)


def mausoleum(pen: Pen) -> None:
    """A white marble tomb: an onion dome over a great arch, four minarets on a terrace."""
    shade: Colour = (206, 200, 202)
    for x in (-0.78, 0.78):
        pen.rect(x - 0.032, 0.1, x + 0.032, 0.74, MARBLE, "round")
        for level in (0.32, 0.54, 0.74):
            pen.rect(x - 0.046, level, x + 0.046, level + 0.022, shade)
        pen.dome(x, 0.762, 0.036, 0.06, MARBLE)
    pen.rect(-0.9, 0, 0.9, 0.1, (226, 218, 208))
    for x in (-0.27, 0.27):
        pen.onion(x, 0.47, 0.085, 0.17, MARBLE)
    pen.rect(-0.45, 0.1, 0.45, 0.46, MARBLE)
    pen.rect(-0.19, 0.46, 0.19, 0.56, MARBLE, "round")
    pen.onion(0, 0.54, 0.235, 0.42, MARBLE)
    pen.stroke([(0, 0.94), (0, 1.0)], GOLD, 0.014)
    pen.rect(-0.16, 0.1, 0.16, 0.52, MARBLE)
    pen.arch(0, 0.1, 0.115, 0.44)
    for x in (-0.31, 0.31):
        pen.arch(x, 0.11, 0.062, 0.26)
        pen.arch(x, 0.29, 0.062, 0.43)


def cathedral(pen: Pen) -> None:
    """A white church under five onion domes."""
    wall: Colour = (238, 232, 222)
    domes = (
        ((206, 54, 48), (48, 132, 86), GOLD)
        if pen.variant % 2
        else ((54, 104, 186), GOLD, (60, 146, 92))
    )
    side, mid, crown = domes
    pen.rect(-0.44, 0, 0.44, 0.3, wall)
    for x, radius, low, colour in (
        (-0.36, 0.1, 0.42, side), (0.36, 0.1, 0.42, side),
        (-0.19, 0.105, 0.52, mid), (0.19, 0.105, 0.52, mid),
    ):  # fmt: skip
        pen.rect(x - radius * 0.68, 0.2, x + radius * 0.68, low, wall, "round")
        pen.arch(x, low - 0.12, 0.024, low - 0.03)
        pen.onion(x, low, radius, radius * 2.3, colour)
        pen.stroke([(x, low + radius * 2.2), (x, low + radius * 2.2 + 0.07)], GOLD, 0.012)
    pen.rect(-0.115, 0.0, 0.115, 0.58, wall, "round")
    pen.onion(0, 0.58, 0.165, 0.34, crown)
    pen.stroke([(0, 0.9), (0, 1.0)], GOLD, 0.014)
    pen.stroke([(-0.03, 0.965), (0.03, 0.965)], GOLD, 0.012)
    pen.arch(0, 0, 0.06, 0.18)
    pen.arch(0, 0.36, 0.034, 0.5)
    for x in (-0.34, -0.21, 0.21, 0.34):
        pen.arch(x, 0.08, 0.03, 0.2)


def _battlement(pen: Pen, left: float, right: float, low: float, colour: Colour) -> None:
    teeth = 5
    width = (right - left) / (2 * teeth - 1)
    points = [(left, low - 0.04)]
    for tooth in range(teeth):
        start = left + 2 * tooth * width
        points += [
            (start, low),
            (start, low + 0.045),
            (start + width, low + 0.045),
            (start + width, low),
        ]
    pen.poly([*points, (right, low - 0.04)], colour)


def castle(pen: Pen) -> None:
    """A stone keep with battlements, two round towers and pointed roofs."""
    stone: Colour = (156, 150, 148)
    roof = pen.pick((62, 84, 138), (146, 58, 52), (72, 78, 92))
    pen.rect(-0.24, 0, 0.24, 0.64, stone)
    _battlement(pen, -0.26, 0.26, 0.64, stone)
    pen.rect(-0.09, 0.6, 0.09, 0.78, stone, "round")
    pen.poly([(-0.115, 0.78), (0, 1.0), (0.115, 0.78)], roof, "round")
    for x in (-0.42, 0.42):
        pen.rect(x - 0.12, 0, x + 0.12, 0.56, stone, "round")
        _battlement(pen, x - 0.14, x + 0.14, 0.56, stone)
        pen.poly([(x - 0.125, 0.59), (x, 0.86), (x + 0.125, 0.59)], roof, "round")
        pen.arch(x, 0.34, 0.024, 0.45)
    pen.rect(-0.34, 0, 0.34, 0.28, stone)
    _battlement(pen, -0.34, 0.34, 0.28, stone)
    pen.arch(0, 0, 0.1, 0.22, lit=False)
    for x in (-0.13, 0.13):
        pen.arch(x, 0.44, 0.028, 0.55)
    pen.arch(0, 0.66, 0.022, 0.74)
    pen.stroke([(0, 1.0), (0, 1.08)], (60, 50, 50), 0.01)
    pen.poly([(0, 1.08), (0.1, 1.055), (0, 1.03)], (214, 52, 46), ink=False)


def step_pyramid(pen: Pen) -> None:
    """A stepped temple of five terraces, a stairway up the middle and a shrine on top."""
    stone = pen.pick((196, 172, 130), (182, 166, 140), (204, 176, 122))
    low = 0.0
    for step in range(5):
        half, rise = 0.86 - 0.145 * step, 0.145
        lip = low + rise * 0.78
        pen.poly([(-half, low), (-half + 0.05, lip), (half - 0.05, lip), (half, low)], stone)
        pen.rect(-half + 0.03, lip, half - 0.03, low + rise, stone)
        low += rise
    pen.poly([(-0.2, 0), (-0.11, low), (0.11, low), (0.2, 0)], (222, 202, 164))
    for stair in range(1, 15):
        level = low * stair / 15
        half = 0.2 - 0.09 * stair / 15
        pen.stroke([(-half, level), (half, level)], (140, 116, 84), 0.008)
    pen.rect(-0.2, low, 0.2, low + 0.2, stone)
    pen.rect(-0.24, low + 0.2, 0.24, 1.0, stone)
    pen.arch(0, low, 0.05, low + 0.16)
    for x in (-0.13, 0.13):
        pen.arch(x, low, 0.03, low + 0.14)


def greek_temple(pen: Pen) -> None:
    """Six white columns under a pediment on three steps."""
    for step in range(3):
        half = 0.92 - 0.05 * step
        pen.rect(-half, 0.045 * step, half, 0.045 * (step + 1), (226, 218, 204))
    pen.rect(-0.74, 0.135, 0.74, 0.66, (112, 98, 96))
    for index in range(6):
        x = -0.7 + 0.28 * index
        pen.rect(x - 0.075, 0.135, x + 0.075, 0.165, MARBLE)
        pen.poly(
            [(x - 0.06, 0.165), (x - 0.048, 0.62), (x + 0.048, 0.62), (x + 0.06, 0.165)],
            MARBLE,
            "round",
        )
        pen.rect(x - 0.082, 0.62, x + 0.082, 0.66, MARBLE)
    pen.rect(-0.84, 0.66, 0.84, 0.745, MARBLE)
    pen.poly([(-0.9, 0.745), (0, 1.0), (0.9, 0.745)], MARBLE)
    pen.poly([(-0.66, 0.77), (0, 0.955), (0.66, 0.77)], (198, 178, 160))


def iron_tower(pen: Pen) -> None:
    """A lattice tower: four curved legs, an arch, two platforms and a spire."""
    iron: Colour = (128, 98, 78)
    dark: Colour = (92, 68, 56)
    curve = [
        (0.36, 0.0),
        (0.27, 0.12),
        (0.2, 0.25),
        (0.135, 0.4),
        (0.085, 0.56),
        (0.045, 0.76),
        (0.02, 0.92),
    ]
    opening = arc(0, 0.0, 0.21, 0.19, 0, 180)
    pen.poly([*curve, *[(-x, y) for x, y in reversed(curve)], *reversed(opening)], iron)
    for (x0, y0), (x1, y1) in pairwise(curve[2:]):
        pen.stroke([(-x0, y0), (x1, y1)], dark, 0.012)
        pen.stroke([(x0, y0), (-x1, y1)], dark, 0.012)
    for side in (-1, 1):
        pen.stroke([(side * 0.33, 0.02), (side * 0.2, 0.14)], dark, 0.012)
        pen.stroke([(side * 0.24, 0.04), (side * 0.25, 0.14)], dark, 0.012)
    pen.poly([(-0.045, 0.3), (-0.02, 0.4), (0.02, 0.4), (0.045, 0.3)], dark)
    for half, level in ((0.24, 0.225), (0.15, 0.405), (0.045, 0.9)):
        pen.rect(-half, level, half, level + 0.03, iron)
    pen.stroke([(0, 0.92), (0, 1.0)], iron, 0.014)
    if pen.night:
        for level in (0.24, 0.42):
            pen.stroke([(-level * 0.55, level), (level * 0.55, level)], (510, 420, 220), 0.014)
