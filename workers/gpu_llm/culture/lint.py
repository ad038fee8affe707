"""Checks the culture files beyond what loading needs: `python -m workers.gpu_llm.culture.lint`."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from workers.gpu_llm.culture.boundaries import Kind, kind
from workers.gpu_llm.culture.knowledge import (
    PLAIN_WORDS,
    Culture,
    Knowledge,
    KnowledgeError,
    load_knowledge,
    read_yaml,
)
from workers.gpu_llm.culture.normalise import fold_term
from workers.gpu_llm.culture.schema import SCENE_FIELDS, TERM_FIELDS, Problem, find_problems

FOLDER = Path("config/culture")
# The least that makes a culture recognisable and its pictures rich.
LEAST = {
    "names": 1,
    "demonyms": 1,
    "places": 10,
    "dishes": 10,
    "dress": 6,
    "architecture": 6,
    "festivals": 5,
    "arts": 8,
    "nature": 4,
    "motifs": 8,
    "palette": 4,
    "settings": 4,
    "light": 2,
    "eras": 3,
    "sensitivities": 2,
}
SHORTEST_TERM = 3
# In Chinese characters, kana and Hangul two signs are a whole word.
SHORTEST_DENSE_TERM = 2
LONGEST_MOTIF = 45
LONGEST_ADVICE = 120
MOST_ABOUT_WORDS = 4
ARTICLE = re.compile(r"(a|an|the|two|three|a pair of|rows of|strings of) ")
WRONG_ARTICLE = re.compile(r"\b(a [aeio]\w|an [^aeiouh\W])", re.IGNORECASE)
# Plurals, and stuff that takes no article: "snow peaks", "blue and white porcelain".
BARE = re.compile(
    r"\w(s|ing|men|wear|work|ware)\b"
    r"|\b(porcelain|stone|linen|fabric|cattle|cloth|silk|lace|velvet|tulle|fur|snow|smoke|ivy)\b"
)
# "a one-legged ..." and "a European ..." begin with the sound of a consonant.
VOWEL_LETTER_CONSONANT = re.compile(r"\ba (one|once|eu|ewe|uni|use|uku)", re.IGNORECASE)


def find_all(folder: Path) -> list[Problem]:
    """Every problem of every culture file in the folder; OSError where it cannot be read."""
    problems: list[Problem] = []
    for file in sorted(folder.glob("*.yaml")):
        try:
            problems += find_problems(file.name, file.stem, read_yaml(file))
        except KnowledgeError as error:
            problems.append(Problem(file.name, "(file)", str(error)))
    if problems:
        return problems
    try:
        knowledge = load_knowledge(folder)
    except KnowledgeError as error:
        return [Problem(folder.name, "(folder)", str(error))]
    for culture in knowledge.cultures:
        problems += _style_problems(culture)
    return problems + list(_plain_problems(knowledge))


def _style_problems(culture: Culture) -> Iterator[Problem]:
    file = f"{culture.id}.yaml"
    for field, least in LEAST.items():
        count = len(getattr(culture, field))
        if count < least:
            yield Problem(file, field, f"has {count} entries, needs at least {least}")
    yield from _term_problems(file, culture)
    yield from _ambiguous_problems(file, culture)
    for field in SCENE_FIELDS:
        for index, text in enumerate(getattr(culture, field)):
            if not text.isascii():
                yield Problem(file, f"{field}[{index}]", f"is not ASCII: {text}")
    for field in ("motifs", "settings"):
        yield from _phrase_problems(file, field, getattr(culture, field))
    yield from _sensitivity_problems(file, culture)


def _term_problems(file: str, culture: Culture) -> Iterator[Problem]:
    seen: dict[str, tuple[str, str]] = {}
    for field in TERM_FIELDS:
        for index, term in enumerate(culture.terms(field)):
            where = f"{field}[{index}]"
            folded = fold_term(term)
            # Two spellings of one word (Viet Nam, Việt Nam) may stand side by side.
            if folded in seen and (seen[folded][0] != field or seen[folded][1] == term):
                yield Problem(file, where, f"{term} stands in {seen[folded][0]} already")
            seen.setdefault(folded, (field, term))
            dense = kind(folded[0]) in (Kind.UNSPACED, Kind.KATAKANA, Kind.HANGUL)
            if len(term) < (SHORTEST_DENSE_TERM if dense else SHORTEST_TERM):
                yield Problem(file, where, f"{term} is too short to be sure of")


def _ambiguous_problems(file: str, culture: Culture) -> Iterator[Problem]:
    known = {fold_term(term) for field in TERM_FIELDS for term in culture.terms(field)}
    known.add(fold_term(culture.name))
    for index, term in enumerate(culture.ambiguous):
        if fold_term(term) not in known:
            yield Problem(file, f"ambiguous[{index}]", f"{term} is no term of this culture")


def _phrase_problems(file: str, field: str, phrases: tuple[str, ...]) -> Iterator[Problem]:
    if len(set(phrases)) != len(phrases):
        yield Problem(file, field, "names something twice")
    for index, phrase in enumerate(phrases):
        for fault in _phrase_faults(phrase):
            yield Problem(file, f"{field}[{index}]", f"{fault}: {phrase}")


def _phrase_faults(phrase: str) -> Iterator[str]:
    if len(phrase) > LONGEST_MOTIF:
        yield f"is longer than {LONGEST_MOTIF} characters"
    if phrase.endswith((".", ",", ";")):
        yield "ends with a mark"
    if re.match("(A|An|The) ", phrase):
        yield "begins with a capital article"
    wrong = WRONG_ARTICLE.search(phrase)
    if wrong and not VOWEL_LETTER_CONSONANT.search(phrase):
        yield "has the wrong article"
    if not ARTICLE.match(phrase) and not BARE.search(phrase):
        yield "needs an article or a plural"


def _sensitivity_problems(file: str, culture: Culture) -> Iterator[Problem]:
    for index, one in enumerate(culture.sensitivities):
        where = f"sensitivities[{index}]"
        if len(one.about.split()) > MOST_ABOUT_WORDS:
            yield Problem(file, f"{where}.about", f"has more than {MOST_ABOUT_WORDS} words")
        if not one.advice.isascii() or not one.about.isascii():
            yield Problem(file, where, "is not ASCII")
        if not one.advice.endswith(".") or len(one.advice) > LONGEST_ADVICE:
            yield Problem(file, f"{where}.advice", "must be one short sentence with a full stop")


def _plain_problems(knowledge: Knowledge) -> Iterator[Problem]:
    file = str(PLAIN_WORDS)
    terms = {
        fold_term(term): culture.id
        for culture in knowledge.cultures
        for field in TERM_FIELDS
        for term in culture.terms(field)
    }
    for index, phrase in enumerate(knowledge.plain.phrases):
        owner = terms.get(fold_term(phrase))
        if owner:
            yield Problem(file, f"phrases[{index}]", f"{phrase} is a term of {owner} too")


def main(arguments: list[str]) -> int:
    """Print every problem as file: field: sentence; 1 where there is one, 0 otherwise."""
    folder = Path(arguments[0]) if arguments else FOLDER
    problems = find_all(folder)
    for problem in problems:
        print(problem)
    count = len(list(folder.glob("*.yaml")))
    print(f"{count} culture files, {len(problems)} problems")
    return 1 if problems or not count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
