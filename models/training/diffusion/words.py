"""Words around a subject: lead-ins, adjectives, strange things, motifs and palettes."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import yaml

from models.training import world

CULTURES = Path(__file__).resolve().parents[3] / "config" / "culture"
WRAPPERS = (
    "{}", "{}", "{}", "please draw {}", "paint {} for me", "i want {}", "show me {}", "{} please",
    "a picture of {}", "an image of {}", "a wallpaper with {}", "a postcard of {}", "make {}",
)  # fmt: skip
ADJECTIVES = (
    "old", "beautiful", "lonely", "big", "small", "famous", "ancient", "colourful", "tiny", "huge",
    "majestic", "quiet", "abandoned", "wooden", "magnificent", "little", "tall", "distant", "grand",
)  # fmt: skip
STYLE_WORDS: dict[str, tuple[str, ...]] = {
    "photorealistic": (
        "photorealistic", "photo", "realistic", "photograph", "cinematic", "realistic photo",
        "photorealistic style", "4k photo", "shot on camera", "photography",
    ),
    "anime": (
        "anime", "anime style", "manga", "cel shaded", "cartoon", "anime art",
        "in the style of anime", "illustration", "comic style", "flat anime colours", "drawing",
    ),
}  # fmt: skip
NEGATIVES: dict[str, tuple[str, ...]] = {
    "anime": ("cartoon", "drawing", "painting", "anime", "illustration", "flat colours"),
    "photorealistic": ("photo", "photorealistic", "realistic skin", "film grain", "live action"),
}
FAULTS = (
    "blurry", "low quality", "watermark", "text", "distorted", "extra limbs", "cropped", "ugly",
    "bad anatomy", "3d render", "jpeg artefacts",
)  # fmt: skip
DETAILS = (
    "fine detail", "natural colours", "shallow depth of field", "crisp focus", "rich texture",
    "soft shadows", "true to life", "high resolution", "clean outlines", "flat colours",
    "bold line art",
    "painted background", "bright colours", "masterpiece", "best quality", "8k", "highly detailed",
    "award winning", "trending", "sharp shapes", "gentle contrast", "volumetric light",
)  # fmt: skip
STRANGE = (
    "fox", "dragon", "robot", "teapot", "dog", "cat", "horse", "elephant", "woman in a red dress",
    "old man", "child with a kite", "astronaut", "bowl of ramen", "piano", "bicycle",
    "train", "car",
    "spaceship", "butterfly", "owl", "rose", "sunflower", "apple", "cup of coffee", "book",
    "violin",
    "dancer", "samurai", "knight", "wizard", "mermaid", "whale", "tiger", "panda", "wolf", "bear",
    "bird", "eagle", "fish", "market", "street", "festival", "wedding", "football player", "chef",
    "loaf of bread", "cake", "clock", "telescope", "umbrella", "statue", "waterfall", "volcano",
    "river", "island", "cave", "garden", "field of wheat", "mask", "drum", "guitar", "crown",
    "sword",
    "camel", "monkey", "penguin", "rabbit", "hedgehog", "snail", "girl reading", "fisherman",
    "farmer",
    "shoes", "perfume bottle", "smartphone", "chair", "lamp", "carpet", "vase", "basket", "pizza",
)  # fmt: skip
SCENERY = (
    "landscape", "scenery", "view", "panorama", "nature", "scene", "empty landscape",
    "horizon", "sky",
)  # fmt: skip
CULTURE_SIGHTS = ("scenery", "landscape", "scene", "view", "landmark", "village", "sight", "place")
FILLERS = (
    "with",
    "near",
    "and",
    "next to",
    "surrounded by",
    "behind it",
    "in the style of",
    "over",
)
PALETTES = (
    "deep indigo", "warm ochre", "soft pink", "teal and gold", "crimson and cream", "earthy browns",
    "pastel blue", "emerald green", "black and white", "turquoise", "burnt orange", "silver grey",
)  # fmt: skip
# fmt: off
SYLLABLES = (
    "ba", "ke", "li", "mo", "nu", "ra", "se", "ti", "vo", "wu", "da", "fe", "gi", "ho",
    "ju", "ka", "lo", "ma", "ne", "pi", "qua", "ri", "sto", "tru", "ven", "zy",
)
# fmt: on


@dataclass(frozen=True)
class Culture:
    """What captions need of one culture: an adjective, its motifs and colours."""

    adjective: str
    motifs: tuple[str, ...]
    palette: tuple[str, ...]


@lru_cache(maxsize=1)
def cultures() -> tuple[Culture, ...]:
    """The cultures of the project's knowledge; empty where the folder is."""
    found = []
    for path in sorted(CULTURES.glob("*.yaml")):
        entry = yaml.safe_load(path.read_text(encoding="utf-8"))
        motifs = tuple(str(motif) for motif in entry.get("motifs", ()))
        palette = tuple(str(colour) for colour in entry.get("palette", ()))
        if motifs:
            found.append(Culture(str(entry.get("name", path.stem)), motifs, palette or PALETTES))
    return tuple(found)


def some(rng: np.random.Generator, options: tuple[str, ...]) -> str:
    """One of the options."""
    return options[int(rng.integers(len(options)))]


def made_up(rng: np.random.Generator) -> str:
    """A word nobody knows."""
    return "".join(
        SYLLABLES[int(rng.integers(len(SYLLABLES)))] for _ in range(int(rng.integers(2, 5)))
    )


def strange_thing(rng: np.random.Generator) -> str:
    """A thing outside the world, real or made up, with its article and perhaps an adjective."""
    word = some(rng, STRANGE) if rng.random() < 0.65 else made_up(rng)
    if rng.random() < 0.25:
        word = f"{made_up(rng) if rng.random() < 0.4 else some(rng, ADJECTIVES)} {word}"
    if rng.random() < 0.15:
        word = f"{word} and {some(rng, STRANGE)}"
    return f"{some(rng, ('a', 'a', 'the', 'two', 'my', ''))} {word}".strip()


def motif(rng: np.random.Generator) -> tuple[str, str]:
    """A motif and a colour of the same culture."""
    known = cultures()
    if not known or rng.random() < 0.15:
        other = world.SUBJECTS[int(rng.integers(len(world.SUBJECTS)))]
        return some(rng, other.phrases), some(rng, PALETTES)
    culture = known[int(rng.integers(len(known)))]
    return some(rng, culture.motifs), some(rng, culture.palette)
