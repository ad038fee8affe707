"""Captions of scenes: free wording, dropped attributes, and the starter text model's own form."""

import json
import random

import numpy as np

from models.training import world
from models.training.diffusion.scene import Scene
from models.training.diffusion.words import (
    ADJECTIVES,
    CULTURE_SIGHTS,
    DETAILS,
    FAULTS,
    FILLERS,
    NEGATIVES,
    SCENERY,
    STYLE_WORDS,
    WRAPPERS,
    motif,
    some,
    strange_thing,
)
from models.training.llm.corpus import write_example
from workers.gpu_llm.brief import Brief, clean_subject
from workers.gpu_llm.spoken import LIGHT_WORDS

ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "subject": (*world.SUBJECT_KEYS, "none"),
    "time": (*world.TIMES, "unsaid"),
    "place": (*world.PLACES, "unsaid"),
    "season": (*world.SEASONS, "unsaid"),
    "weather": (*world.WEATHERS, "unsaid"),
    "style": (*world.STYLES, "unsaid"),
}
_SUBJECTS = {subject.key: subject for subject in world.SUBJECTS}
_TABLES = {
    "time": world.TIMES,
    "place": world.PLACES,
    "season": world.SEASONS,
    "weather": world.WEATHERS,
}


class Caption:
    """A caption being written: its text, and what of the scene it says."""

    def __init__(self, scene: Scene, rng: np.random.Generator) -> None:
        self.scene, self.rng = scene, rng
        self.said: dict[str, str] = {"subject": "none"}

    def chance(self, share: float) -> bool:
        """True that often."""
        return bool(self.rng.random() < share)

    def subject(self) -> str:
        """Words for the subject, or for something outside the world where there is none."""
        key = self.scene.subject
        if key is None:
            draw = self.rng.random()
            if draw < 0.6:
                return strange_thing(self.rng)
            return f"{some(self.rng, ('a ', 'the ', ''))}{some(self.rng, SCENERY)}"
        self.said["subject"] = key
        subject = _SUBJECTS[key]
        if subject.culture and self.chance(0.04):
            return f"a {subject.culture} {some(self.rng, CULTURE_SIGHTS)}"
        words = some(self.rng, subject.phrases)
        article, _, rest = words.partition(" ")
        if article not in ("a", "an", "the"):
            article, rest = "", words
        if self.chance(0.25):
            rest = f"{some(self.rng, ADJECTIVES)} {rest}"
        if subject.culture and subject.culture not in rest and self.chance(0.12):
            rest = f"{subject.culture} {rest}"
        draw = self.rng.random()
        article = article if draw < 0.75 else some(self.rng, ("", "the", "one", "my", "a"))
        return f"{article} {rest}".strip()

    def say(self, name: str) -> str:
        """Words for an attribute, which thereby counts as said."""
        value = str(getattr(self.scene, name))
        self.said[name] = value
        return some(self.rng, _TABLES[name][value])

    def lead(self) -> str:
        """A style phrase that opens a prompt."""
        self.said["style"] = self.scene.style
        if self.chance(0.12):
            return f"{self.other_style()} of"
        return some(self.rng, world.STYLES[self.scene.style])

    def other_style(self) -> str:
        """A style without a look of its own, painted as the scene's."""
        near = tuple(k for k, v in world.NEAREST_STYLE.items() if v == self.scene.style)
        return some(self.rng, near)


def _written(caption: Caption) -> str:
    """What the starter text model learns to write when it is asked for this scene."""
    rng, scene = caption.rng, caption.scene
    subject = caption.subject()
    for name, share in (("place", 0.6), ("weather", 0.12), ("season", 0.1), ("time", 0.1)):
        if caption.chance(share):
            subject += f" {caption.say(name)}"
    caption.said |= {"style": scene.style, "time": scene.time}
    filters = {"style": scene.style}
    if caption.chance(0.1):
        caption.said["season"] = filters["season"] = scene.season
    if caption.chance(0.1):
        filters["mood"] = some(rng, world.MOODS)
    foreign, colour = motif(rng)
    brief = Brief(
        subject=clean_subject(subject),
        # The light of the wish is the light of the prompt.
        description=f"{subject}, {LIGHT_WORDS[scene.time][0]}",
        count=1 if caption.chance(0.6) else 3,
        motifs=(foreign,) if caption.chance(0.75) else (),
        palette=(colour,) if caption.chance(0.6) else (),
        filters=filters,
    )
    written = write_example(brief, random.Random(int(rng.integers(1 << 32))))
    prompts = json.loads(written.answer)["prompts"]
    return str(prompts[int(rng.integers(len(prompts)))]["prompt"])


def _free(caption: Caption) -> str:
    """A stranger's own words, in any order."""
    rng = caption.rng
    subject = caption.subject()
    shares = (("place", 0.55), ("time", 0.65), ("season", 0.25), ("weather", 0.2))
    rest = [caption.say(name) for name, share in shares if caption.chance(share)]
    if caption.chance(0.75):
        caption.said["style"] = caption.scene.style
        words = STYLE_WORDS[caption.scene.style]
        rest.append(some(rng, words) if caption.chance(0.8) else caption.other_style())
    if caption.chance(0.15):
        rest.append(some(rng, DETAILS))
    if caption.chance(0.1):
        rest.append(f"{some(rng, world.MOODS)}")
    rng.shuffle(rest)
    lead = rest.pop() if rest and caption.chance(0.3) else ""
    if caption.chance(0.2):
        extra = motif(rng)[0] if caption.chance(0.6) else strange_thing(rng)
        rest.insert(0, f"{some(rng, FILLERS)} {extra}")
    glue = ", " if caption.chance(0.5) else " "
    text = glue.join([subject, *rest])
    if lead:
        text = f"{lead}{', ' if caption.chance(0.6) else ' '}{text}"
    return some(rng, WRAPPERS).format(text)


def _styled(caption: Caption) -> str:
    """A style phrase, the subject and little else."""
    text = f"{caption.lead()} {caption.subject()}"
    for name in caption.rng.permutation(["place", "time", "season", "weather"])[:2]:
        if caption.chance(0.55):
            text += f" {caption.say(str(name))}"
    return text


def _faults(caption: Caption) -> str:
    """A list as negative prompts hold: a style and faults, no subject."""
    rng = caption.rng
    caption.said["style"] = caption.scene.style
    words = NEGATIVES[caption.scene.style]
    picked = list(dict.fromkeys(some(rng, words) for _ in range(4)))
    return ", ".join([*picked, *(some(rng, FAULTS) for _ in range(3))])


def caption_of(scene: Scene, rng: np.random.Generator) -> tuple[str, dict[str, str]]:
    """A caption of the scene and what it says; an attribute left out is not in the mapping."""
    caption = Caption(scene, rng)
    draw = rng.random()
    if draw < 0.03:
        return _faults(caption), caption.said
    form = _written if draw < 0.5 else _free if draw < 0.83 else _styled
    text = form(caption)
    if rng.random() < 0.1:
        text = text.upper() if rng.random() < 0.3 else text.title()
    return text, caption.said


def labels_of(said: dict[str, str]) -> list[int]:
    """What a caption says, as one class number for each attribute."""
    return [
        options.index(said[name]) if name in said else len(options) - 1
        for name, options in ATTRIBUTES.items()
    ]
