"""The lines a text model reads in its turn, and the shape of the answer it owes."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any

from workers.gpu_llm.spoken import times_in

STYLES = ("photorealistic", "anime")
# What a starter's prompt opens with; the subject follows at once. A grammar may take no other.
STYLE_LEADS: dict[str, tuple[str, ...]] = {
    "photorealistic": (
        "a photorealistic photograph of",
        "a detailed photograph of",
        "a cinematic photo of",
    ),
    "anime": ("an anime illustration of", "an anime scene of", "a cel-shaded anime picture of"),
}
# Motifs and colours stand in the turn in the very words they have in a prompt, so that a small
# model finds the one by the other; each has words of its own.
MOTIF_FRAMES = (
    "with {}", "near {}", "beside {}", "by {}", "next to {}", "close to {}", "together with {}",
    "along with {}",
)  # fmt: skip
PALETTE_FRAMES = ("in tones of {}", "shades of {}", "bright with {}")
SEASON_FRAME = "set in {}"
COMPOSITION_FRAME = "framed as {}"
BAN_FRAME, CARE_FRAME = "any {}", "mockery of {}"
ASPECT_RATIOS = ("1:1", "3:2", "2:3", "4:3", "3:4", "16:9", "9:16")
NAME_LIMIT, PROMPT_LIMIT, NEGATIVE_LIMIT = 80, 400, 200
# What the starter model was trained on; a large model takes more.
SUBJECT_LIMIT, DESCRIPTION_LIMIT = 160, 300
MOTIF_LIMIT, VALUE_LIMIT, LIST_LIMIT = 44, 60, 3

# No answer can be confused with JSON's own marks, and no value can open a line of its own.
_MARKS = str.maketrans({'"': "'", "\\": "/", "“": "'", "”": "'", "„": "'", "«": "'", "»": "'"})
_BAN = re.compile(r"^(?:no|avoid|without|never)\s+(?=\S)", re.IGNORECASE)
_ARTICLE = re.compile(r"^(?:a|an|the|some)\s+(?=\S)", re.IGNORECASE)
_UNSEEN = ("Cc", "Cf", "Cs", "Zl", "Zp")
_JOINERS = "\u200c\u200d"  # Persian spelling and joined emoji need them
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True)
class Brief:
    """Everything a text model is told about one request.

    `subject` has been through `clean_subject`; `sensitivities` are key phrases of what wants care
    ("Zwarte Piet", "no caricature"): the large model may get whole sentences of advice.
    """

    subject: str
    description: str
    count: int
    culture: str | None = None
    region: str | None = None
    motifs: tuple[str, ...] = ()
    palette: tuple[str, ...] = ()
    sensitivities: tuple[str, ...] = ()
    category: str | None = None
    filters: Mapping[str, str] = field(default_factory=dict)


def clean_phrase(text: str, limit: int | None = None) -> str:
    """Return the text as one line of plain characters, cut at a word's end before `limit`.

    Double quotes become single ones and backslashes slashes, so that the same characters stand
    in the turn, in a grammar's literal and in the JSON of the answer. Whoever puts a subject into
    a grammar takes it through here first.
    """
    kept = "".join(
        " " if c not in _JOINERS and unicodedata.category(c) in _UNSEEN else c
        for c in unicodedata.normalize("NFC", text).translate(_MARKS)
    )
    line = _SPACES.sub(" ", kept).strip()
    if limit is None or len(line) <= limit:
        return line
    cut = line[: limit + 1].rsplit(" ", 1)[0] if " " in line[: limit + 1] else line[:limit]
    return cut.rstrip(" ,;:-")


def clean_subject(text: str) -> str:
    """Return a subject as it stands in the turn and, letter by letter, in every prompt."""
    return clean_phrase(text, SUBJECT_LIMIT).strip(" ,;:.!?-")


def motif_for_each(motifs: Sequence[str], count: int) -> tuple[str, ...]:
    """Return one motif for each of `count` prompts, in turn, without its article."""
    named = [
        clean_phrase(_ARTICLE.sub("", motif.strip()), MOTIF_LIMIT).replace(";", ",")
        for motif in motifs
    ]
    named = [motif for motif in named if motif]
    return tuple(named[i % len(named)] for i in range(count)) if named else ()


def framed_motifs(brief: Brief) -> tuple[str, ...]:
    """Return the motif of each prompt in the words it has there; the first is number 1."""
    motifs = motif_for_each(brief.motifs, brief.count)
    return tuple(f.format(motif) for f, motif in zip(cycle(MOTIF_FRAMES), motifs, strict=False))


def light_of(brief: Brief) -> str | None:
    """Return the one time of day that the wish names; None for none and for several."""
    named = times_in(f"{brief.subject} {brief.description}")
    return next(iter(named)) if len(named) == 1 else None


def framed_palette(brief: Brief) -> tuple[str, ...]:
    """Return the colours as prompts say them: the filter's alone, else the culture's, in turn.

    There are at most as many as prompts, each in words of its own.
    """
    wish = brief.filters.get("palette")
    colours = [clean_phrase(wish, VALUE_LIMIT)] if wish else map(clean_phrase, brief.palette)
    named = [colour.replace(";", ",").rstrip(" .") for colour in colours]
    named = [colour for colour in named if colour]
    frames = PALETTE_FRAMES[: brief.count] if named else ()
    return tuple(f.format(named[index % len(named)]) for index, f in enumerate(frames))


def framed_care(brief: Brief) -> str | None:
    """Return what wants care first in the words it has in a negative prompt."""
    care = _joined(brief.sensitivities[:1])
    banned = _BAN.sub("", care)
    return (CARE_FRAME if banned == care else BAN_FRAME).format(banned) if care else None


def render_lines(brief: Brief) -> str:
    """Return the user's turn: one `key: value` line for each thing that is known."""
    given = brief.filters
    numbered = [f"{number}, {motif}" for number, motif in enumerate(framed_motifs(brief), start=1)]
    short: list[tuple[str, str | None]] = [
        ("culture", brief.culture),
        ("region", brief.region),
        ("category", brief.category),
        ("style", given.get("style")),
        ("aspect", given.get("aspectRatio")),
        ("light", light_of(brief)),
        ("era", given.get("era")),
        ("season", _framed(SEASON_FRAME, given.get("season"))),
        ("mood", given.get("mood")),
        ("composition", _framed(COMPOSITION_FRAME, given.get("composition"))),
    ]
    long: list[tuple[str, str | None]] = [
        ("palette", "; ".join(framed_palette(brief))),
        ("care", _joined(brief.sensitivities)),
        ("ban", framed_care(brief)),
        ("motifs", "; ".join(numbered)),
        ("description", brief.description),
        # The words before the subject are those before it in a prompt: "... of <subject>".
        ("subject", f"a picture of {brief.subject}"),
        ("variations", str(brief.count)),
    ]
    cleaned = [(key, clean_phrase(value, VALUE_LIMIT)) for key, value in short if value]
    cleaned += [(key, clean_phrase(value)) for key, value in long if value]
    return "\n".join(f"{key}: {value}" for key, value in cleaned if value)


def answer_schema(
    count: int,
    styles: Sequence[str] = STYLES,
    aspect_ratios: Sequence[str] = ASPECT_RATIOS,
) -> dict[str, Any]:
    """Return the JSON schema of the answer to a brief that asks for `count` prompts."""

    def text(limit: int) -> dict[str, Any]:
        return {"type": "string", "minLength": 1, "maxLength": limit}

    prompt = {
        "type": "object",
        "properties": {
            "name": text(NAME_LIMIT),
            "prompt": text(PROMPT_LIMIT),
            "negativePrompt": text(NEGATIVE_LIMIT),
        },
        "required": ["name", "prompt", "negativePrompt"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {
            "style": {"enum": list(styles)},
            "aspectRatio": {"enum": list(aspect_ratios)},
            "prompts": {"type": "array", "items": prompt, "minItems": count, "maxItems": count},
        },
        "required": ["style", "aspectRatio", "prompts"],
        "additionalProperties": False,
    }


def _framed(frame: str, value: str | None) -> str | None:
    return frame.format(value) if value else None


def _joined(phrases: Sequence[str]) -> str:
    """Join the first few phrases by semicolons, each free of a semicolon of its own."""
    kept = [clean_phrase(p).replace(";", ",").rstrip(" .") for p in phrases[:LIST_LIMIT]]
    return "; ".join(phrase for phrase in kept if phrase)
