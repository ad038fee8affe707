"""What is measured on one answer of the starter text model."""

import json
import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import combinations
from typing import Any

from models.training.llm.corpus import OPPOSITES
from models.training.llm.lexicon import Reading, read_brief
from models.training.world import TIMES
from workers.gpu_llm.brief import (
    ASPECT_RATIOS,
    NAME_LIMIT,
    NEGATIVE_LIMIT,
    PROMPT_LIMIT,
    STYLE_LEADS,
    STYLES,
    Brief,
    motif_for_each,
)
from workers.gpu_llm.spoken import LIGHT_WORDS

Tally = defaultdict[str, list[float]]
SHARED_WORDS_LIMIT = 0.6
_WORD = re.compile(r"[\w'-]+")


@dataclass(frozen=True)
class Expected:
    """What the words and filters of a brief decide."""

    style: str
    reading: Reading


def expected(brief: Brief) -> Expected:
    """Work out what the answer has to obey."""
    reading = read_brief(brief)
    given = brief.filters
    return Expected(given.get("style") or "photorealistic", reading)


def parse(text: str, count: int) -> dict[str, Any] | None:
    """Return the answer where it is whole and well formed, else None."""
    try:
        answer = json.loads(text)
    except json.JSONDecodeError:
        return None
    if not isinstance(answer, dict) or set(answer) != {"style", "aspectRatio", "prompts"}:
        return None
    prompts = answer["prompts"]
    keys = {"name", "prompt", "negativePrompt"}
    well = (
        answer["style"] in STYLES
        and answer["aspectRatio"] in ASPECT_RATIOS
        and isinstance(prompts, list)
        and all(isinstance(p, dict) and set(p) == keys for p in prompts)
    )
    return answer if well else None


def measure(
    brief: Brief, answer: dict[str, Any], split: Callable[[str], list[int]], tally: Tally
) -> None:
    """Add one answer's figures to the tally; `split` gives the token ids of a text."""
    wanted, prompts = expected(brief), answer["prompts"]
    tally["count"].append(len(prompts) == brief.count)
    tally["style"].append(answer["style"] == wanted.style)
    if ratio := brief.filters.get("aspectRatio"):
        tally["aspect"].append(answer["aspectRatio"] == ratio)
    motifs = set(motif_for_each(brief.motifs, brief.count))
    subject = split(f" {brief.subject}")
    for entry in prompts:
        text, negative = entry["prompt"], entry["negativePrompt"]
        tally["subject tokens"].append(_share_in_order(subject, split(f" {text}")))
        tally["subject exact"].append(brief.subject in text)
        tally["lead"].append(text.startswith(STYLE_LEADS[wanted.style]))
        tally["negative"].append(_negative_fits(negative, wanted.style))
        tally["lengths"].append(_within_limits(entry))
        if motifs:
            tally["motif"].append(any(motif in text for motif in motifs))
        if wanted.reading.light:
            rest = text.replace(brief.subject, " ")
            tally["light"].append(_light_kept(rest, wanted.reading.light))
        for key in ("mood", "era", "season", "composition", "palette"):
            if brief.filters.get(key):
                tally["filters"].append(brief.filters[key] in text)
    if len(prompts) > 1:
        tally["distinct"].append(most_shared(brief.subject, prompts) <= SHARED_WORDS_LIMIT)


def most_shared(subject: str, prompts: list[dict[str, str]]) -> float:
    """Return the largest share of their words, outside the subject, that two prompts both have."""
    bags = [set(_WORD.findall(p["prompt"].replace(subject, " ").lower())) for p in prompts]
    shares = (2 * len(a & b) / max(1, len(a) + len(b)) for a, b in combinations(bags, 2))
    return max(shares, default=0.0)


def _share_in_order(wanted: list[int], given: list[int]) -> float:
    """Return the share of the wanted tokens that stand in the given ones, in the same order."""
    blocks = SequenceMatcher(None, wanted, given, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks) / max(1, len(wanted))


def _negative_fits(negative: str, style: str) -> bool:
    """Whether it bans the other style and none of its own."""
    other = next(name for name in OPPOSITES if name != style)
    banned = {part.strip() for part in negative.split(",")}
    own = set(OPPOSITES[other]) - set(OPPOSITES[style])
    return OPPOSITES[style][0] in banned and not banned & own


def _within_limits(entry: dict[str, str]) -> bool:
    limits = {"name": NAME_LIMIT, "prompt": PROMPT_LIMIT, "negativePrompt": NEGATIVE_LIMIT}
    return all(0 < len(entry[key]) <= limit for key, limit in limits.items())


def _light_kept(text: str, light: str) -> bool:
    """Whether no phrase of another time of day stands in the text."""
    others = (p for time, phrases in TIMES.items() if time != light for p in phrases)
    said = any(word in text for word in (*TIMES[light], *LIGHT_WORDS[light]))
    return said and not any(f", {phrase}" in text for phrase in others)
