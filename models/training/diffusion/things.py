"""Painters of the other subjects, each in units of its own height."""

import math
from itertools import pairwise

from models.training.diffusion.kit import Colour, Pen, arc


def windmill(pen: Pen) -> None:
    """A tapered mill with a gallery, a cap and four latticed sails."""
    body = pen.pick((168, 104, 72), (206, 196, 176), (132, 84, 64))
    pen.poly([(-0.2, 0), (-0.115, 0.6), (0.115, 0.6), (0.2, 0)], body, "round")
    pen.rect(-0.25, 0.24, 0.25, 0.275, (92, 66, 50))
    pen.poly(
        [(-0.135, 0.6), (-0.11, 0.7), (0, 0.76), (0.11, 0.7), (0.135, 0.6)], (72, 58, 56), "round"
    )
    pen.arch(0, 0, 0.05, 0.16)
    pen.arch(0, 0.38, 0.032, 0.48)
    hub = (0.0, 0.64)
    for quarter in range(4):
        angle = math.radians(38 + 90 * quarter)
        along = (math.cos(angle), math.sin(angle))
        side = (-along[1], along[0])
        tip = (hub[0] + 0.46 * along[0], hub[1] + 0.46 * along[1])
        inner = (hub[0] + 0.1 * along[0], hub[1] + 0.1 * along[1])
        cloth = [inner, tip, *[(p[0] + 0.1 * side[0], p[1] + 0.1 * side[1]) for p in (tip, inner)]]
        pen.poly(cloth, (244, 238, 222), "plain")
        for rung in range(1, 5):
            reach = 0.1 + 0.36 * rung / 5
            foot = (hub[0] + reach * along[0], hub[1] + reach * along[1])
            pen.stroke(
                [foot, (foot[0] + 0.1 * side[0], foot[1] + 0.1 * side[1])], (120, 96, 76), 0.008
            )
        pen.stroke([hub, tip], (70, 50, 40), 0.02)
    pen.oval(hub[0], hub[1], 0.028, 0.028, (70, 50, 40), "plain")


def yurt(pen: Pen) -> None:
    """A round white felt tent with rope bands, a low cone roof and a painted door."""
    felt: Colour = (242, 238, 228)
    pen.poly([(-0.84, 0), (-0.86, 0.52), (0.86, 0.52), (0.84, 0)], felt, "round")
    pen.poly([(-0.93, 0.5), (-0.16, 0.94), (0.16, 0.94), (0.93, 0.5)], felt, "round")
    for level in (0.14, 0.34):
        pen.rect(-0.85, level, 0.85, level + 0.035, (150, 92, 62), ink=False)
    pen.rect(-0.92, 0.485, 0.92, 0.53, pen.pick((52, 98, 168), (176, 62, 48), (54, 98, 168)))
    for x in (-0.62, -0.3, 0.3, 0.62):
        pen.stroke([(x, 0.53), (x * 0.24, 0.93)], (150, 92, 62), 0.016)
    pen.poly([(-0.17, 0.93), (-0.13, 1.0), (0.13, 1.0), (0.17, 0.93)], (120, 84, 60))
    pen.rect(-0.19, 0, 0.19, 0.44, (222, 110, 40))
    pen.rect(-0.13, 0.04, 0.13, 0.4, pen.pick((190, 52, 40), (46, 96, 160), (190, 52, 40)))
    if pen.night:
        pen.arch(0, 0.1, 0.08, 0.34)


def lighthouse(pen: Pen) -> None:
    """A white tower with bands, a gallery and a lamp that burns by night."""
    band = pen.pick((208, 44, 40), (208, 44, 40), (34, 66, 132))

    def half(level: float) -> float:
        return 0.18 - 0.095 * level

    bounds = [0.0, 0.16, 0.31, 0.46, 0.6, 0.73]
    for index, (low, high) in enumerate(pairwise(bounds)):
        sides = [(-half(low), low), (-half(high), high), (half(high), high), (half(low), low)]
        pen.poly(sides, band if index % 2 else (244, 242, 236), "round")
    pen.rect(-0.15, 0.73, 0.15, 0.76, (60, 56, 64))
    pen.rect(-0.09, 0.76, 0.09, 0.88, (150, 190, 210), "plain")
    pen.canvas.shape(
        pen.at(arc(0, 0.82, 0.045, 0.045, 0, 360)), (255, 226, 130), glow=True, ink=False
    )
    for x in (-0.09, 0.0, 0.09):
        pen.stroke([(x, 0.76), (x, 0.88)], (60, 56, 64), 0.012)
    pen.poly([(-0.12, 0.88), (-0.06, 0.95), (0, 1.0), (0.06, 0.95), (0.12, 0.88)], band, "round")
    pen.arch(0, 0, 0.045, 0.13)
    for level in (0.36, 0.52):
        pen.arch(0, level, 0.022, level + 0.06)


def sailboat(pen: Pen) -> None:
    """A sailing boat: a curved hull, a mast, a main sail and a jib."""
    hull = pen.pick((136, 76, 48), (32, 62, 112), (176, 46, 42))
    jib = pen.pick((236, 96, 60), (240, 236, 226), (246, 200, 92))
    pen.stroke([(0, 0.14), (0, 1.0)], (96, 66, 46), 0.022)
    pen.poly(
        [(0.035, 0.2), (0.035, 0.97), (0.2, 0.66), (0.34, 0.42), (0.42, 0.22)],
        (248, 244, 234),
        "round",
    )
    pen.poly([(-0.035, 0.2), (-0.035, 0.86), (-0.2, 0.5), (-0.36, 0.22)], jib, "round")
    pen.poly(
        [(-0.46, 0.16), (0.48, 0.16), (0.44, 0.08), (0.34, 0.0), (-0.3, 0.0), (-0.4, 0.07)], hull
    )
    pen.rect(-0.44, 0.125, 0.465, 0.16, (246, 240, 228))


def balloon(pen: Pen) -> None:
    """A hot-air balloon of coloured gores with a basket."""
    colours: tuple[Colour, ...] = (
        pen.pick((220, 52, 46), (48, 104, 192), (226, 84, 44)),
        pen.pick((248, 198, 64), (246, 240, 226), (88, 60, 150)),
    )
    profile = [(math.cos(math.radians(a)), math.sin(math.radians(a))) for a in range(90, -61, -10)]
    edges = (-1.0, -0.78, -0.42, 0.0, 0.42, 0.78, 1.0)
    tail = (0.2, -1.32)
    half = [*profile, tail]
    for index, (left, right) in enumerate(pairwise(edges)):
        lefts = [(0.38 * x * left, 0.62 + 0.38 * y) for x, y in half]
        rights = [(0.38 * x * right, 0.62 + 0.38 * y) for x, y in half]
        pen.poly([*lefts, *reversed(rights)], colours[index % 2], "flat")
    for x in (-0.06, 0.06):
        pen.stroke([(x * 1.2, 0.13), (x, 0.09)], (70, 52, 44), 0.01)
    pen.poly([(-0.075, 0.1), (-0.06, 0), (0.06, 0), (0.075, 0.1)], (142, 96, 58))


def cherry_tree(pen: Pen) -> None:
    """A blossoming tree: a dark forked trunk under clouds of pink."""
    bark: Colour = (92, 62, 58)
    pen.poly(
        [
            (-0.09, 0),
            (-0.05, 0.2),
            (-0.2, 0.5),
            (-0.12, 0.52),
            (0, 0.32),
            (0.14, 0.54),
            (0.2, 0.5),
            (0.06, 0.2),
            (0.1, 0),
        ],
        bark,
        "round",
    )
    clouds = (
        (-0.36, 0.5, 0.2), (0.36, 0.5, 0.2), (0.0, 0.5, 0.18),
        (-0.22, 0.68, 0.22), (0.24, 0.68, 0.22), (0.0, 0.78, 0.22),
    )  # fmt: skip
    for x, y, radius in clouds:
        pen.oval(x, y, radius, radius * 0.88, (236, 142, 176), "round")
    for x, y, radius in clouds:
        pen.oval(x, y, radius * 0.93, radius * 0.8, (246, 170, 196), "round", ink=False)
        pen.oval(
            x - radius * 0.2,
            y + radius * 0.2,
            radius * 0.55,
            radius * 0.45,
            (255, 204, 220),
            "plain",
            ink=False,
        )
    for x, y in ((-0.3, 0.16), (0.3, 0.22), (-0.42, 0.06), (0.22, 0.06), (0.44, 0.1), (-0.2, 0.04)):
        pen.oval(x, y, 0.018, 0.012, (250, 176, 204), "plain", ink=False)


def lanterns(pen: Pen) -> None:
    """Three round red lanterns with gold caps and tassels on a string."""
    cord: Colour = (76, 52, 46)
    pen.stroke([(-1.6, 1.08), (-0.7, 0.97), (0, 0.94), (0.7, 0.97), (1.6, 1.08)], cord, 0.014)
    for x, top, radius in ((-0.68, 0.86, 0.26), (0.68, 0.86, 0.26), (0.0, 0.84, 0.33)):
        mid = top - radius * 0.8
        pen.stroke([(x, 1.0 if x else 0.94), (x, top)], cord, 0.014)
        red: Colour = (255, 74, 44) if pen.night else (216, 40, 34)
        body = pen.at(arc(x, mid, radius, radius * 0.8, 0, 360))
        pen.canvas.shape(body, red, "round", glow=False)
        if pen.night:
            pen.canvas.shape(body, (248, 70, 40), glow=True)
            core = pen.at(arc(x, mid, radius * 0.6, radius * 0.55, 0, 360))
            pen.canvas.shape(core, (255, 150, 70), glow=True, ink=False)
        for bend in (-0.66, -0.25, 0.25, 0.66):
            rib = arc(x, mid, radius * bend, radius * 0.8, 90, -90)
            pen.stroke(rib, (164, 24, 26), 0.01)
        for level in (mid + radius * 0.76, mid - radius * 0.88):
            pen.rect(
                x - radius * 0.36, level, x + radius * 0.36, level + radius * 0.16, (236, 190, 76)
            )
        foot = mid - radius * 0.88
        pen.poly(
            [(x - 0.02, foot), (x + 0.02, foot), (x + 0.04, foot - 0.17), (x - 0.04, foot - 0.17)],
            (236, 190, 76),
        )


def bridge(pen: Pen) -> None:
    """A stone bridge of three round arches with a parapet."""
    stone = pen.pick((178, 166, 150), (164, 158, 156), (190, 168, 138))
    deck = 0.86
    contour = [
        (2.6, 0.0),
        (2.6, deck - 0.12),
        (0.9, deck),
        (-0.9, deck),
        (-2.6, deck - 0.12),
        (-2.6, 0.0),
    ]
    for x in (-1.2, 0.0, 1.2):
        contour += arc(x, 0, 0.48, 0.66, 180, 0)
    pen.poly(contour, stone, "flat")
    for x in (-1.2, 0.0, 1.2):
        outer = arc(x, 0, 0.56, 0.74, 180, 0)
        inner = arc(x, 0, 0.48, 0.66, 0, 180)
        pen.poly([*outer, *inner], (206, 194, 176), "plain")
    rail = [(2.6, deck - 0.12), (2.6, deck + 0.02), (0.9, 1.0), (-0.9, 1.0), (-2.6, deck + 0.02)]
    pen.poly([*rail, (-2.6, deck - 0.12), (-0.9, deck), (0.9, deck)], (200, 188, 170), "plain")


def palm(pen: Pen) -> None:
    """A leaning palm with a ringed trunk, drooping fronds and coconuts."""
    trunk = [
        (-0.12, 0.0),
        (-0.06, 0.25),
        (0.0, 0.5),
        (0.085, 0.76),
        (0.135, 0.74),
        (0.06, 0.48),
        (0.01, 0.24),
        (-0.03, 0.0),
    ]
    pen.poly(trunk, (150, 108, 72), "round")
    crown = (0.11, 0.76)
    for level, x in ((0.15, -0.05), (0.3, -0.015), (0.45, 0.02), (0.6, 0.06)):
        pen.stroke([(x - 0.035, level), (x + 0.035, level)], (108, 76, 52), 0.01)
    greens: tuple[Colour, ...] = ((44, 122, 62), (64, 148, 70))
    for index, angle in enumerate((200, 172, 145, 112, 72, 38, 8, -20)):
        along = (math.cos(math.radians(angle)), math.sin(math.radians(angle)))
        tip = (crown[0] + 0.42 * along[0], crown[1] + 0.3 * along[1] - 0.12)
        mid = (crown[0] + 0.25 * along[0], crown[1] + 0.27 * along[1] + 0.05)
        low = (crown[0] + 0.24 * along[0], crown[1] + 0.25 * along[1] - 0.05)
        pen.poly([crown, mid, tip, low], greens[index % 2])
    for x, y in ((0.075, 0.735), (0.15, 0.735), (0.112, 0.705)):
        pen.oval(x, y, 0.032, 0.034, (104, 66, 40))


def house(pen: Pen) -> None:
    """A cottage: a gabled front, a long roof, a chimney, door and windows."""
    wall = pen.pick((240, 226, 198), (236, 236, 232), (226, 200, 160))
    roof = pen.pick((184, 72, 52), (142, 58, 52), (96, 104, 128))
    pen.rect(0.42, 0.72, 0.56, 1.0, (150, 86, 70))
    pen.rect(-0.1, 0, 0.82, 0.5, wall)
    pen.poly([(-0.36, 0.92), (0.66, 0.92), (0.92, 0.46), (0.0, 0.46)], roof)
    pen.poly([(-0.74, 0), (-0.74, 0.48), (-0.36, 0.9), (0.02, 0.48), (0.02, 0)], wall)
    pen.poly(
        [(-0.36, 0.98), (0.08, 0.5), (0.02, 0.42), (-0.36, 0.85), (-0.74, 0.42), (-0.82, 0.49)],
        roof,
    )
    pen.rect(-0.47, 0, -0.25, 0.34, (122, 76, 48))
    for x, low in ((0.2, 0.16), (0.56, 0.16), (-0.36, 0.48)):
        lamp = pen.night
        pane = pen.at(
            [(x - 0.09, low), (x - 0.09, low + 0.2), (x + 0.09, low + 0.2), (x + 0.09, low)]
        )
        pen.canvas.shape(pane, (255, 212, 110) if lamp else (120, 166, 196), "plain", glow=lamp)
        pen.stroke([(x, low), (x, low + 0.2)], (250, 246, 238), 0.014)
        pen.stroke([(x - 0.09, low + 0.1), (x + 0.09, low + 0.1)], (250, 246, 238), 0.014)
