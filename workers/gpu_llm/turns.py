"""Fits a brief into a model's context: which turn to ask, and with how many tokens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from workers.gpu_llm.brief import ASPECT_RATIOS, PROMPT_LIMIT, STYLE_LEADS, STYLES, Brief
from workers.gpu_llm.engine import Answer, Sampling, TextEngine, Turn
from workers.gpu_llm.grammar import answer_grammar
from workers.gpu_llm.prompts import Facts, Template, shorter, turn_text

# Tokens of one prompt's JSON beside its subject: what it needs at least, and what it may take.
_LEAST, _MOST, _BRACES = 100, 300, 40
# The frame of the turn and the marks of the reasoning.
_FRAME = 32
REPAIRING = Sampling(0.0)


@dataclass(frozen=True)
class _Form:
    """What a template's answers may be: longest prompt in characters, openings by style, chance.

    `styles` are those left to the model where neither filter nor wish names one.
    """

    longest: int
    leads: Mapping[str, tuple[str, ...]]
    styles: tuple[str, ...]
    writing: Sampling


# The starter model knows six openings and, left free, stammers before a subject it cannot spell;
# its training shuffled what it may choose. A large model has more to say, and says it best cold.
_FORMS: dict[Template, _Form] = {
    "brief": _Form(PROMPT_LIMIT, STYLE_LEADS, ("photorealistic",), Sampling(0.6)),
    "reasoning": _Form(700, {}, STYLES, Sampling(0.3)),
}


@dataclass(frozen=True)
class TurnOptions:
    """How a text model of the catalogue is asked."""

    template: Template
    think_tokens: int
    thinking: Sampling


@dataclass(frozen=True)
class Question:
    """A turn, the brief and template it was made of, and about how many tokens the answer takes."""

    turn: Turn
    brief: Brief
    template: Template
    expected_tokens: int

    @property
    def styles(self) -> Sequence[str]:
        """The styles that the answer may name."""
        return _allowed(self.brief, "style", _FORMS[self.template].styles)

    @property
    def aspect_ratios(self) -> Sequence[str]:
        """The aspect ratios that the answer may name."""
        return _allowed(self.brief, "aspectRatio", ASPECT_RATIOS)


def plan_question(
    brief: Brief, facts: Facts, options: TurnOptions, engine: TextEngine, seed: int
) -> Question | None:
    """Return the longest form of the brief that fits the engine's context; None if none does."""
    for form in shorter(brief):
        text = turn_text(form, facts, options.template)
        subject = engine.measure(form.subject)
        least = _BRACES + form.count * (_LEAST + subject)
        room = engine.context - engine.measure(text) - _FRAME
        if room < least or not form.subject:
            continue
        think = min(options.think_tokens, room - least)
        turn = Turn(
            text=text,
            grammar=_grammar(form, options.template, 1),
            seed=seed,
            think_tokens=think,
            answer_tokens=min(_BRACES + form.count * (_MOST + subject), room - think),
            thinking=options.thinking,
            writing=_FORMS[options.template].writing,
        )
        return Question(turn, form, options.template, least)
    return None


def repair_of(question: Question, answer: Answer) -> Turn:
    """The same turn once more after the same reasoning: other seed, no chance, shorter strings."""
    return replace(
        question.turn,
        seed=question.turn.seed + 1,
        grammar=_grammar(question.brief, question.template, 2),
        writing=REPAIRING,
        thought=answer.thought,
    )


def _grammar(brief: Brief, template: Template, share: int) -> str:
    form = _FORMS[template]
    styles = _allowed(brief, "style", form.styles)
    ratios = _allowed(brief, "aspectRatio", ASPECT_RATIOS)
    leads = tuple(chain.from_iterable(form.leads.get(style, ()) for style in styles))
    return answer_grammar(brief.subject, brief.count, styles, ratios, form.longest // share, leads)


def _allowed(brief: Brief, name: str, choices: Sequence[str]) -> Sequence[str]:
    given = brief.filters.get(name)
    return (given,) if given else choices
