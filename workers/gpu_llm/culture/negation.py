"""Which parts of a text are said not to be: "not Japanese", "without kimonos, fans or koi"."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from dataclasses import dataclass

# A wish's words and the marks that end a clause; folded text has no apostrophes.
TOKEN = re.compile(r"[^\W_]+|[.,;:!?()\u2014/\u3002\u3001]")
LISTING = frozenset(
    {"no", "without", "neither", "nor", "avoid", "avoiding", "exclude", "excluding"}
)
SINGLE = frozenset(
    {"not", "non", "never", "nothing", "unlike", "except", "minus", "cannot", "cant", "dont"}
    | {"doesnt", "isnt", "arent", "wasnt", "werent", "wont", "shouldnt", "mustnt"}
)
# Two words that deny what follows.
PAIRS = frozenset(
    {("instead", "of"), ("rather", "than"), ("other", "than"), ("anything", "but")}
    | {("free", "of"), ("devoid", "of"), ("far", "from"), ("leave", "out"), ("nothing", "like")}
)
# Words behind a negator that turn it round: "not only Japanese", "do not forget the kimono".
TURNING = frozenset({"only", "just", "merely", "simply", "forget", "miss", "doubt", "matter"})
ENDING = frozenset(
    {"but", "and", "while", "where", "which", "that", "who", "yet", "instead", "though"}
    | {".", ";", ":", "!", "?", "(", ")", "\u2014", "\u3002"}
)
PREPOSITIONS = frozenset(
    {"in", "at", "on", "near", "under", "by", "from", "beside", "before", "behind", "over"}
    | {"above", "inside", "outside", "around", "among", "for", "into", "through", "during"}
    | {"with"}
)
# "not set in Japan" denies the place; "not crowded in Kyoto" does not.
SETTING = frozenset({"set", "made", "located", "based", "placed", "filled", "decorated"})
REACH = 5
LIST_REACH = 10


@dataclass(frozen=True)
class Token:
    """A word or mark of the folded text with its offsets."""

    text: str
    start: int
    end: int


def tokenize(text: str) -> list[Token]:
    """Words and clause marks of a folded text, in order."""
    return [Token(found.group(), *found.span()) for found in TOKEN.finditer(text)]


def negated_offsets(tokens: Sequence[Token], inside: Container[int]) -> set[int]:
    """Offsets of the folded text that a negating word covers.

    Words at the offsets `inside` belong to a term ("Kodomo no Hi") and deny nothing.
    """
    offsets: set[int] = set()
    for index, token in enumerate(tokens):
        behind = _behind_negator(tokens, index)
        if behind is None or behind >= len(tokens) or token.start in inside:
            continue
        if tokens[behind].text in TURNING:
            continue
        last = _scope(tokens, behind, lists=token.text in LISTING)
        if last >= behind:
            offsets.update(range(tokens[behind].start, tokens[last].end))
    return offsets


def _behind_negator(tokens: Sequence[Token], index: int) -> int | None:
    """Where the scope of the negator at this token begins; None for any other token."""
    word = tokens[index].text
    following = tokens[index + 1].text if index + 1 < len(tokens) else ""
    if (word, following) in PAIRS:
        return index + 2
    if word in LISTING or word in SINGLE:
        return index + 1
    return None


def _scope(tokens: Sequence[Token], first: int, lists: bool) -> int:
    """The last token that is denied, counted from `first`; `first - 1` for none."""
    reached = 0
    for index in range(first, len(tokens)):
        word = tokens[index].text
        if word in ENDING or (word in PREPOSITIONS and not _leads(tokens, first, index)):
            return index - 1
        if word in (",", "/", "\u3001"):
            if not (lists and _list_goes_on(tokens, index + 1)):
                return index - 1
            reached = 0
        elif word in ("or", "nor"):
            reached = 0
        else:
            reached += 1
        if reached > REACH:
            return index - 1
    return len(tokens) - 1


def _leads(tokens: Sequence[Token], first: int, index: int) -> bool:
    """Whether the preposition opens what is denied, instead of ending it."""
    return index == first or (index == first + 1 and tokens[first].text in SETTING)


def _list_goes_on(tokens: Sequence[Token], index: int) -> bool:
    """Whether an "or" closes the list that this comma stands in."""
    for token in tokens[index : index + LIST_REACH]:
        if token.text in ENDING:
            return False
        if token.text in ("or", "nor"):
            return True
    return False
