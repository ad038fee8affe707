"""A scene: every choice that decides one picture of the little world, drawn from a seed."""

from dataclasses import dataclass

import numpy as np

from models.training import world

GRID = 16  # pixels; everything of weight stands on this grid, the autoencoder's own
SIZES: tuple[tuple[int, int], ...] = (
    (512, 512), (640, 416), (416, 640), (704, 384), (576, 448), (448, 576),
)  # fmt: skip
SQUARE = 0.75  # the share of square pictures
PLAIN = 0.9  # the share of scenes in the first layout and colours, in training
# Width in units of height, and the height a subject takes of the picture's.
EXTENT: dict[str, tuple[float, float]] = {
    "torii": (1.3, 0.56), "pagoda": (0.72, 0.68), "mosque": (1.4, 0.56), "pyramid": (1.9, 0.46),
    "mausoleum": (1.8, 0.48), "windmill": (0.9, 0.66), "cathedral": (0.95, 0.64),
    "castle": (1.15, 0.58), "step_pyramid": (1.75, 0.46), "yurt": (1.9, 0.36),
    "greek_temple": (1.85, 0.42), "iron_tower": (0.75, 0.7), "lighthouse": (0.5, 0.68),
    "sailboat": (0.95, 0.58), "balloon": (0.78, 0.62), "cherry_tree": (1.15, 0.6),
    "lanterns": (1.95, 0.5), "bridge": (3.4, 0.32), "palm": (0.95, 0.64), "house": (1.7, 0.42),
}  # fmt: skip
AFLOAT = ("balloon", "lanterns")
# Where a subject is mostly met; it may still stand anywhere it makes sense.
HOMES: dict[str, tuple[str, ...]] = {
    "torii": ("lake", "sea", "forest", "mountains"), "pyramid": ("desert",),
    "sailboat": ("sea", "lake"), "lighthouse": ("sea",), "palm": ("sea", "desert"),
    "bridge": ("lake", "forest", "meadow", "city"), "yurt": ("meadow", "mountains", "desert"),
    "lanterns": ("city", "forest", "lake"), "step_pyramid": ("forest", "desert"),
}  # fmt: skip
WATER = ("sea", "lake")


@dataclass(frozen=True)
class Scene:
    """What a picture shows; `subject` None is a landscape alone."""

    subject: str | None
    time: str
    place: str
    season: str
    weather: str
    style: str
    size: tuple[int, int]
    layout: int
    variant: int
    mirrored: bool
    seed: int


def _place(rng: np.random.Generator, subject: str | None) -> str:
    if subject == "sailboat":
        return str(rng.choice(WATER))
    if subject in HOMES and rng.random() < 0.4:
        return str(rng.choice(HOMES[subject]))
    return str(rng.choice(list(world.PLACES)))


def random_scene(
    rng: np.random.Generator,
    size: tuple[int, int] | None = None,
    bare: float = 0.06,
    plain: float = 0.0,
) -> Scene:
    """A scene at random; `bare` is the share of landscapes without a subject.

    `plain` is the share of scenes in the first layout and colours, unmirrored: the fewer things
    change that no caption says, the sooner a small model learns the rest.
    """
    subject = None if rng.random() < bare else str(rng.choice(world.SUBJECT_KEYS))
    if size is None:
        size = SIZES[0] if rng.random() < SQUARE else SIZES[int(rng.integers(1, len(SIZES)))]
    free = rng.random() >= plain
    return Scene(
        subject=subject,
        time=str(rng.choice(list(world.TIMES))),
        place=_place(rng, subject),
        season=str(rng.choice(list(world.SEASONS), p=(0.22, 0.4, 0.2, 0.18))),
        weather=str(rng.choice(list(world.WEATHERS), p=(0.55, 0.27, 0.18))),
        style=str(rng.choice(list(world.STYLES))),
        size=size,
        layout=int(rng.integers(0, 3)) if free else 0,
        variant=int(rng.integers(0, 3)) if free else 0,
        mirrored=bool(rng.random() < 0.5) and free,
        seed=int(rng.integers(0, 4)) if free else 0,
    )


def snapped(value: float) -> int:
    """A length on the layout grid."""
    return round(value / GRID) * GRID


def horizon(scene: Scene) -> int:
    """The height of the horizon in pixels from the top."""
    share = {"lake": 0.7, "sea": 0.62}.get(scene.place, 0.68)
    return snapped(scene.size[1] * share)


def stand(scene: Scene) -> tuple[tuple[int, int], float]:
    """Where the subject's foot is and how many pixels high it is.

    Raises KeyError when the scene has no subject.
    """
    width, height = scene.size
    wide, tall = EXTENT[scene.subject or ""]
    scale = (1.0, 0.9, 1.0)[scene.layout]
    unit = min(tall * scale * height, (0.9 if wide < 2.2 else 1.0) * width / wide)
    base = _base(scene)
    unit = min(unit, base - 0.07 * height)
    room = width / 2 - wide * unit / 2 - 0.03 * width
    shift = (0.0, 0.08, 0.14)[scene.layout] * width
    return (width // 2 + snapped(min(shift, max(0.0, room))), base), unit


def _base(scene: Scene) -> int:
    height = scene.size[1]
    if scene.subject in AFLOAT:
        return snapped(height * 0.72)
    if scene.place == "lake":
        return horizon(scene)
    if scene.place == "sea":
        return snapped(
            height * (0.76 if scene.subject in ("torii", "sailboat", "bridge") else 0.84)
        )
    return snapped(height * 0.84)
