"""The answers the starter text model learns: thinking, then JSON, written from a brief by rule."""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from models.training.llm.cultures import Trait
from models.training.llm.lexicon import Reading, read_brief
from models.training.llm.wishes import WishMaker
from models.training.world import COMPOSITIONS, MOODS, TIMES
from workers.gpu_llm.brief import (
    COMPOSITION_FRAME,
    NEGATIVE_LIMIT,
    PROMPT_LIMIT,
    SEASON_FRAME,
    STYLE_LEADS,
    VALUE_LIMIT,
    Brief,
    clean_phrase,
    framed_care,
    framed_motifs,
    framed_palette,
    render_lines,
)

EMPTY_THINK_SHARE = 0.15
_TAGS = {"dawn": "at dawn", "day": "by day", "sunset": "at sunset", "night": "at night"}
# Rain, snow and fog leave no sun, moon or stars to speak of.
_DULL_TIMES: dict[str, tuple[str, ...]] = {
    "dawn": ("at dawn", "in the early morning"),
    "day": ("at noon", "by day"),
    "sunset": ("at dusk", "in the evening"),
    "night": ("at night", "at midnight"),
}
_VIEWS = (
    *COMPOSITIONS, "close view", "seen from above", "three-quarter view", "filling the frame",
    "framed by shadows", "side view", "a little off centre", "leading lines",
)  # fmt: skip
_DETAILS: dict[str, tuple[str, ...]] = {
    "photorealistic": (
        "fine detail", "natural colours", "shallow depth of field", "crisp focus", "rich texture",
        "soft shadows", "true to life", "high resolution", "fine grain", "gentle contrast",
    ),
    "anime": (
        "clean outlines", "flat colours", "bold line art", "painted background", "cel shading",
        "bright colours", "expressive lines", "soft gradients", "sharp shapes", "clear shading",
    ),
}  # fmt: skip
_TOUCHES = (
    "deep background", "clean lines", "bold shapes", "rich colours", "rich detail", "clear view",
    "fine texture", "gentle shadows", "soft background", "sharp lines", "natural lines",
    "quiet background",
)  # fmt: skip
_ACCENTS = (
    "drifting leaves", "passing clouds", "quiet ripples", "floating dust", "long reflections",
    "glinting edges", "worn surfaces", "scattered petals", "tall grasses", "distant birds",
    "warm stones", "faint smoke",
)  # fmt: skip
_FAULTS = ("blurry", "low quality", "watermark", "text", "distorted", "extra limbs", "cropped")
# The frames change from picture to picture, so that filters do not make prompts alike.
_MOOD_FRAMES = ("{} mood", "{} scene", "{} air")
OPPOSITES: dict[str, tuple[str, ...]] = {
    "photorealistic": ("cartoon", "drawing", "painting", "anime", "illustration", "3d render"),
    "anime": (
        "photo",
        "photorealistic",
        "realistic skin",
        "film grain",
        "3d render",
        "live action",
    ),
}
_WORDED_FILTERS = {"era", "season", "mood", "composition"}


@dataclass(frozen=True)
class Example:
    """A brief, the reasons for its answer, what is told of them as thinking, and the answer."""

    brief: Brief
    turn: str
    reason: str
    think: str
    answer: str


def examples(traits: Sequence[Trait], seed: int, held_out: bool = False) -> Iterator[Example]:
    """Yield examples without end; the same seed gives the same ones."""
    maker = WishMaker(traits, seed, held_out)
    while True:
        yield write_example(maker.brief(), maker.rng)


def write_example(brief: Brief, rng: random.Random) -> Example:
    """Write the thinking and the answer to a brief."""
    given = brief.filters
    reading = read_brief(brief)
    style = given.get("style") or "photorealistic"
    aspect = given.get("aspectRatio") or reading.shape or "1:1"
    reason = _reason(brief, reading, style)
    think = "" if rng.random() < EMPTY_THINK_SHARE else reason
    answer = json.dumps(
        {"style": style, "aspectRatio": aspect, "prompts": _prompts(brief, reading, style, rng)},
        ensure_ascii=False,
        separators=(",", ":"),
    )
    return Example(brief, render_lines(brief), reason, think, answer)


def _reason(brief: Brief, reading: Reading, style: str) -> str:
    """State what was decided and why, in a few sentences."""
    given = brief.filters
    motifs = framed_motifs(brief)[:3]
    # Numbered as in the turn, so that the list is a copy of the turn's.
    listed = "; ".join(f"{number}, {motif}" for number, motif in enumerate(motifs, start=1))
    parts = [f"The wish is a picture of {brief.subject}."]
    if brief.culture:
        culture = clean_phrase(brief.culture, VALUE_LIMIT)
        where = f" of {clean_phrase(brief.region, VALUE_LIMIT)}" if brief.region else ""
        parts.append(f"The words point to the culture {culture}{where}.")
    else:
        parts.append("No culture speaks from the words, so none is put in.")
    if motifs:
        parts.append(f"Its motifs: {listed}.")
    if brief.sensitivities:
        parts.append(f"Care is due: {_care(brief.sensitivities[0])}.")
    if given.get("style"):
        parts.append(f"The style asked for is {style}.")
    else:
        parts.append(f"No style is asked for, so {style}.")
    if reading.light:
        parts.append(f"The light asked for is {reading.light}, so every picture keeps it.")
    else:
        parts.append("The light changes from picture to picture.")
    pictures = "picture" if brief.count == 1 else "pictures"
    parts.append(f"{brief.count} {pictures} to describe.")
    return " ".join(parts)


def _prompts(
    brief: Brief, reading: Reading, style: str, rng: random.Random
) -> list[dict[str, str]]:
    """Describe `brief.count` pictures that differ in motif, light, view and mood.

    The names count down, so that the first number says how many follow and 1 is the last.
    """
    count = brief.count
    motifs = framed_motifs(brief)
    times = [reading.light] * count if reading.light else _cycle(tuple(TIMES), count, rng)
    lights = _lights(brief.subject, reading.dull, times, rng)
    views, moods = _cycle(_VIEWS, count, rng), _cycle(MOODS, count, rng)
    details, leads = _cycle(_DETAILS[style], count, rng), _cycle(STYLE_LEADS[style], count, rng)
    # Filters say the same in every prompt: a touch and an accent more keep the prompts apart.
    worded = len(brief.filters.keys() & (_WORDED_FILTERS | {"palette"}))
    touches = _cycle(_TOUCHES, count, rng) if count > 2 or worded else [""] * count
    alike = worded or count > 3 or reading.dull
    accents = _cycle(_ACCENTS, count, rng) if count > 1 and alike else [""] * count
    negative = _negative(brief, style, rng)
    prompts = []
    for index, time in enumerate(times):
        number = count - index
        motif = motifs[number - 1] if motifs else ""
        head = [f"{leads[index]} {brief.subject}", motif]
        tail = _tail(brief, index, views[index], lights[index], moods[index])
        prompts.append(
            {
                "name": f"{number}, {motif or views[index]} {_TAGS[time]}",
                "prompt": _fitted(
                    [*head, *tail, accents[index], details[index], touches[index]], PROMPT_LIMIT
                ),
                "negativePrompt": negative,
            }
        )
    return prompts


def _lights(subject: str, dull: bool, times: Sequence[str], rng: random.Random) -> list[str]:
    """Return a phrase for each picture's time of day; no two alike while there are others."""
    start, phrases = rng.randrange(12), []
    for index, time in enumerate(times):
        table = (_DULL_TIMES if dull else TIMES)[time]
        # A phrase that the subject holds already would say it twice.
        unsaid = [phrase for phrase in table if phrase not in subject] or list(table)
        phrases.append(unsaid[(start + index) % len(unsaid)])
    return phrases


def _tail(brief: Brief, index: int, view: str, light: str, mood: str) -> list[str]:
    """Return what follows subject and motif: the filters where they speak, else the chances."""
    given = {key: clean_phrase(value, VALUE_LIMIT) for key, value in brief.filters.items()}
    palette = framed_palette(brief)
    if not given.get("palette") and len(given.keys() & _WORDED_FILTERS) > 2:
        # So many words in common are enough: the culture's colours would make the prompts alike.
        palette = ()
    # Prompts that open alike must not go on alike: a Latin square of openings and frames.
    turn = index // 3
    return [
        COMPOSITION_FRAME.format(given["composition"]) if given.get("composition") else view,
        light,
        given.get("era", ""),
        SEASON_FRAME.format(given["season"]) if given.get("season") else "",
        _MOOD_FRAMES[(index + turn) % 3].format(given.get("mood") or mood),
        palette[(index + 2 * turn) % len(palette)] if palette else "",
    ]


def _negative(brief: Brief, style: str, rng: random.Random) -> str:
    """Return what must not be seen: the other style, faults, and what wants care."""
    first, *others = OPPOSITES[style]
    # Always the same first one, and always four: what follows is decided by the brief.
    opposites = [first, *_cycle(others, 3, rng)]
    care = framed_care(brief) or ""
    return _fitted([*opposites, care, *_cycle(_FAULTS, 2, rng)], NEGATIVE_LIMIT)


def _care(phrase: str) -> str:
    return clean_phrase(phrase).replace(";", ",").rstrip(" .")


def _fitted(parts: Sequence[str], limit: int) -> str:
    """Join the parts by commas, leaving out the last ones that do not fit."""
    text = ""
    for part in filter(None, parts):
        longer = f"{text}, {part}" if text else part
        if len(longer) <= limit:
            text = longer
    return text


def _cycle(items: Sequence[str], count: int, rng: random.Random) -> list[str]:
    """Take `count` items in their order, from a random one on.

    A small network learns what follows what, and so never repeats itself; a shuffle it cannot.
    """
    start = rng.randrange(len(items))
    return [items[(start + index) % len(items)] for index in range(count)]
