"""Which tokens of a reply weigh more: the few that a rule decides, not chance or a plain copy.

Most of a reply is frame and copy, learnt in minutes; the loss of the rest is mostly chance. Whether
to stop after the third prompt is one token in four hundred, and would be learnt last.
"""

import re

from models.training.llm.corpus import Example
from models.training.world import TIMES
from workers.gpu_llm.brief import VALUE_LIMIT, clean_phrase, framed_motifs, framed_palette

_TAGS = r"(?:at dawn|by day|at sunset|at night)"
# A pattern, and the weight of what it finds.
_WHOLE: tuple[tuple[str, float], ...] = (
    (r'"\},\{"|"\}\]\}', 8.0),
    (r'(?<="style":")\w+|(?<="aspectRatio":")[\d:]+', 5.0),
    (r"\d+ pictures? to describe", 4.0),
    (r"(?<=light asked for is )\w+|The light (?:changes|asked)", 5.0),
    (r"The style asked|No style is|The word \S+ asks for \w+|(?<=asked for is )\w+", 3.0),
    (r"No culture speaks|The words point|Its motifs|Care is due", 3.0),
)
# A pattern, and the weight of the one token after it.
_AFTER: tuple[tuple[str, float], ...] = (
    (r'"name":"\d+,', 4.0),
    (r"(?:photograph|photo|illustration|scene|picture) of", 4.0),
    (r", (?:with|near|beside|by|(?:next|close) to|(?:together|along) with)", 4.0),
    (r"mockery of|to the culture|Care is due:", 4.0),
    (r"in tones of|shades of|bright with|set in", 3.0),
    (r'"negativePrompt":"(?:[^,"]+, ){3}[^,"]+,', 6.0),
    (r'"negativePrompt":"', 3.0),
)


def stressed(example: Example, reply: str) -> list[tuple[int, int, float]]:
    """Return (start, end, weight) of the stretches of the reply's text that weigh more than one."""
    whole = [*_WHOLE, *((pattern, 4.0) for pattern in _starts(example))]
    after = [*_AFTER, *((re.escape(value), 3.0) for value in _copied(example))]
    found = [(m.start(), m.end(), weight) for p, weight in whole for m in re.finditer(p, reply)]
    found += [(m.end(), m.end() + 1, weight) for p, weight in after for m in re.finditer(p, reply)]
    # All times of day but the first follow from the one before.
    tags = [(m.start(), m.end(), 4.0) for m in re.finditer(rf'{_TAGS}(?=","prompt)', reply)]
    return found + tags[1:]


def _copied(example: Example) -> list[str]:
    """Return what is copied from the turn: where it ends is decided there, not here."""
    brief = example.brief
    motifs = framed_motifs(brief)
    kept = [clean_phrase(value, VALUE_LIMIT) for value in brief.filters.values()]
    kept += framed_palette(brief)
    return [brief.subject, *dict.fromkeys(motifs), *kept]


def _starts(example: Example) -> list[str]:
    """Return patterns for what the brief decides in this reply: region, filters, the light."""
    brief = example.brief
    patterns = []
    if brief.region and brief.culture:
        patterns.append("(?<= of )" + re.escape(clean_phrase(brief.region)[:3]))
    for key in ("mood", "era", "composition"):
        value = brief.filters.get(key, "")
        # The first letters: the rest follows by itself.
        patterns += ["(?<=, )" + re.escape(value[:2])] if value else []
    light = re.search(r"light asked for is (\w+)", example.reason)
    if light:
        phrases = "|".join(re.escape(phrase) for phrase in TIMES[light[1]])
        patterns += [rf'{_TAGS}(?=","prompt)', rf"(?<=, )(?:{phrases})"]
    return patterns


def weights(example: Example, reply: str, offsets: list[tuple[int, int]]) -> list[float]:
    """Return one weight a token, given the stretch of text that each token stands for."""
    result = [1.0] * len(offsets)
    marked: dict[int, float] = {}
    for start, end, weight in stressed(example, reply):
        for place in range(start, end):
            marked[place] = max(weight, marked.get(place, 1.0))
    for index, (start, end) in enumerate(offsets):
        result[index] = max((marked.get(place, 1.0) for place in range(start, end)), default=1.0)
    return result
