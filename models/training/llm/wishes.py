"""Random briefs: real words, made-up words and word salads, with and without a culture."""

import random
from collections.abc import Sequence

from models.training.llm import words
from models.training.llm.cultures import Trait
from models.training.llm.lexicon import SHAPE_WORDS
from models.training.llm.pseudo import pseudo_word
from models.training.world import PLACES, SUBJECTS, light_phrases
from workers.gpu_llm.brief import (
    ASPECT_RATIOS,
    DESCRIPTION_LIMIT,
    STYLES,
    Brief,
    clean_phrase,
    clean_subject,
)
from workers.gpu_llm.spoken import LIGHT_WORDS, STYLE_WORDS, style_named_in

_COUNTS = (1, 2, 3, 4, 5, 6, 7, 8)
_COUNT_WEIGHTS = (14, 18, 40, 14, 4, 4, 3, 3)
_MARKS = (
    ",",
    ",",
    ",",
    " –",
    ":",
    " &",
    " +",
    "...",
    " /",
    " (",
    ")",
    "!",
    "?",
    "'",
    " #",
    "-",
    ".",
)


_ECHOES = (
    "very {}, very {}, very {} {}", "the {} of the {} of the {}", "{} and {} and {}",
    "a {} with a {} with a {}", "{} by {}, {} by {}", "no {}, no {}, only {}", "{0} {1} {0}",
    "{0}, {0} and {1}", "one {}, two {}, three {}",
)  # fmt: skip


class WishMaker:
    """Draws briefs; `held_out` makes every made-up word one that training never sees."""

    def __init__(
        self,
        traits: Sequence[Trait],
        seed: int,
        held_out: bool = False,
        made_up: float = 0.5,
    ) -> None:
        self.rng = random.Random(seed)
        self.traits = traits
        self.held_out = held_out
        self.made_up = made_up

    def brief(self) -> Brief:
        """Return one random brief."""
        rng = self.rng
        subject = self.subject()
        count = rng.choices(_COUNTS, _COUNT_WEIGHTS)[0]
        culture = self._culture(count) if rng.random() < 0.66 else None
        description = self.description(subject)
        category = self._or_made_up(words.CATEGORIES) if rng.random() < 0.35 else None
        # As the service does: a style that the words name stands in the turn like a filter.
        named = style_named_in(f"{description} {category or ''}")
        return Brief(
            subject=subject,
            description=description,
            count=count,
            culture=culture.name if culture else None,
            region=culture.region if culture else self._lone_region(),
            motifs=culture.motifs if culture else (),
            palette=culture.palette if culture else (),
            sensitivities=culture.cares if culture else (),
            category=category,
            filters=({"style": named} if named else {}) | self._filters(culture),
        )

    def subject(self) -> str:
        """Return a cleaned subject, never empty."""
        rng = self.rng
        kinds = (
            self._phrase, self._salad, self._listing, self._foreign, self._world, self._single,
            self._echo,
        )  # fmt: skip
        while True:
            text = rng.choices(kinds, (42, 17, 8, 7, 10, 8, 12))[0]()
            if rng.random() < 0.25:
                text = f"{text} {rng.choice(self._light_words())}"
            if rng.random() < 0.16:
                text = f"{rng.choice(_all_words(SHAPE_WORDS))} of {text}"
            if rng.random() < 0.12:
                text = rng.choice((str.title, str.upper, str.capitalize))(text)
            subject = clean_subject(text)
            if subject:
                return subject

    def description(self, subject: str) -> str:
        """Return the user's words around the subject."""
        rng = self.rng
        text = rng.choice(words.WRAPPERS).format(s=subject)
        if rng.random() < 0.30:
            style = rng.choice(STYLES)
            word = rng.choice(STYLE_WORDS[style])
            text = rng.choice((f"{text}, {word}", f"{word}: {text}", f"{text} in {word} style"))
        if rng.random() < 0.14:
            text = f"{text}, {rng.choice(self._light_words())}"
        if rng.random() < 0.15:
            text = f"{text}. {self._salad()}"
        if rng.random() < 0.08:
            text = self._salad()
        return clean_phrase(text, DESCRIPTION_LIMIT)

    def word(self) -> str:
        """Return one content word, made up as often as asked for, now and then capitalised."""
        rng = self.rng
        if rng.random() < self.made_up:
            word = pseudo_word(rng, self.held_out)
        else:
            word = rng.choice(rng.choice((words.NOUNS, words.ADJECTIVES, words.NOUNS, words.VERBS)))
        return word.capitalize() if rng.random() < 0.08 else word

    def _noun(self) -> str:
        rng = self.rng
        word = self.word() if rng.random() < self.made_up else rng.choice(words.NOUNS)
        if rng.random() < 0.06:
            word = f"{word}-{self.word()}"
        if rng.random() < 0.05:
            word = f"{rng.choice(words.NAMES)}'s {word}"
        return word

    def _adjective(self) -> str:
        rng = self.rng
        return self.word() if rng.random() < self.made_up else rng.choice(words.ADJECTIVES)

    def _thing(self) -> str:
        """Return a noun with what stands before it: article or number, adjectives."""
        rng = self.rng
        start = rng.choices(("a", "the", "", "number", "some", "my", "an"), (8, 6, 6, 3, 1, 1, 1))[
            0
        ]
        if start == "number":
            start = rng.choice((rng.choice(words.NUMBERS), str(rng.randint(2, 3000))))
        adjectives = [self._adjective() for _ in range(rng.choices((0, 1, 2), (4, 5, 1))[0])]
        return " ".join(part for part in (start, *adjectives, self._noun()) if part)

    def _phrase(self) -> str:
        rng = self.rng
        text = self._thing()
        if rng.random() < 0.4:
            text += f" {rng.choice(words.VERBS)}"
        for _ in range(rng.choices((0, 1, 2, 3), (3, 6, 3, 1))[0]):
            text += f" {rng.choice(words.PREPOSITIONS)} {self._thing()}"
        if rng.random() < 0.15:
            text += f" and {self._thing()}"
        if rng.random() < 0.1:
            text += f", {self._thing()}"
        return text

    def _salad(self) -> str:
        """Return up to twenty unconnected words with stray marks, digits and other scripts."""
        rng = self.rng
        parts: list[str] = []
        for _ in range(rng.choice((2, 3, 4, 5, 6, 8, 10, 13, 16, 20))):
            draw = rng.random()
            if draw < 0.12:
                part = str(rng.randint(0, 10 ** rng.randint(1, 5)))
            elif draw < 0.32:
                part = rng.choice(words.FUNCTION_WORDS)
            elif draw < 0.36:
                part = rng.choice(words.NAMES)
            elif draw < 0.375:
                part = rng.choice(words.OTHER_SCRIPTS)
            else:
                part = self.word()
            parts.append(part + (rng.choice(_MARKS) if rng.random() < 0.12 else ""))
        return " ".join(parts)

    def _listing(self) -> str:
        return ", ".join(self._thing() for _ in range(self.rng.randint(2, 5)))

    def _echo(self) -> str:
        """Return a phrase that says the same little words again and again."""
        rng = self.rng
        frame = rng.choice(_ECHOES)
        return frame.format(*(self.word() for _ in range(4)))

    def _foreign(self) -> str:
        text = self.rng.choice(words.FOREIGN)
        if self.rng.random() < 0.6:
            parts = text.split()
            parts[self.rng.randrange(len(parts))] = self.word()
            text = " ".join(parts)
        return text

    def _world(self) -> str:
        """Return a subject of the picture model's own world."""
        rng = self.rng
        text = rng.choice(rng.choice(SUBJECTS).phrases)
        return (
            f"{text} {rng.choice(rng.choice(list(PLACES.values())))}"
            if rng.random() < 0.6
            else text
        )

    def _single(self) -> str:
        return self.rng.choice((self.word, self._noun, lambda: self.rng.choice(words.NAMES)))()

    def _light_words(self) -> Sequence[str]:
        return light_phrases() if self.rng.random() < 0.6 else _all_words(LIGHT_WORDS)

    def _or_made_up(self, choices: Sequence[str]) -> str:
        """Return one of the choices, or made-up words in its place, so that it must be read."""
        if self.rng.random() > self.made_up:
            return self.rng.choice(choices)
        return " ".join(self.word() for _ in range(self.rng.randint(1, 3)))

    def _lone_region(self) -> str | None:
        return self._or_made_up(words.REGIONS) if self.rng.random() < 0.08 else None

    def _many(self, choices: Sequence[str], most: int, least: int = 1) -> tuple[str, ...]:
        """Return a few choices in a random order, some of them made up."""
        count = self.rng.randint(least, most)
        picked = self.rng.sample(list(choices), min(count, len(choices)))
        return tuple(
            " ".join(self.word() for _ in range(self.rng.randint(1, 4)))
            if self.rng.random() < self.made_up * 0.8
            else choice
            for choice in picked
        )

    def _culture(self, count: int) -> Trait:
        """Return what a brief says of a culture: a known one, a mixture or a made-up one."""
        rng = self.rng
        known = rng.choice(self.traits) if self.traits and rng.random() < 0.6 else None
        name = known.name if known else self._or_made_up(words.CULTURE_NAMES).capitalize()
        region = known.region if known else self._or_made_up(words.REGIONS)
        motifs = known.motifs if known else words.MOTIFS
        palette = known.palette if known and known.palette else words.COLOURS
        cares = known.cares if known and known.cares else words.CARES
        if rng.random() < 0.15:
            cares = words.CARES
        # The service draws as many motifs as prompts; a short list is the exception.
        least = count if rng.random() < 0.85 else 1
        return Trait(
            name=name,
            region=region if rng.random() < 0.9 else "",
            motifs=self._many(motifs, max(6, count), least) if rng.random() < 0.88 else (),
            palette=self._many(palette, 3) if rng.random() < 0.8 else (),
            cares=self._many(cares, 3) if rng.random() < 0.65 else (),
            eras=known.eras if known else (),
        )

    def _filters(self, culture: Trait | None) -> dict[str, str]:
        """Return the filters of a request, most of them absent."""
        rng = self.rng
        eras = culture.eras if culture and culture.eras and rng.random() < 0.5 else words.ERAS
        given: dict[str, str] = {}
        if rng.random() < 0.4:
            given["style"] = rng.choice(STYLES)
        if rng.random() < 0.3:
            given["aspectRatio"] = rng.choice(ASPECT_RATIOS)
        for key, choices, share in (
            ("era", eras, 0.15),
            ("season", words.SEASONS, 0.18),
            ("mood", words.MOODS, 0.3),
            ("composition", COMPOSITION_WISHES, 0.15),
            ("palette", words.COLOURS, 0.12),
        ):
            if rng.random() < share:
                given[key] = self._or_made_up(choices)
        return given


COMPOSITION_WISHES = (
    "close-up", "wide shot", "bird's-eye view", "low angle", "centred composition", "portrait",
    "rule of thirds", "symmetrical view", "from behind", "panoramic", "full body", "long view",
    "macro", "eye level", "silhouette", "framed by trees", "diagonal lines", "panoramic framing",
)  # fmt: skip


def _all_words(table: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(word for words_of_key in table.values() for word in words_of_key)
