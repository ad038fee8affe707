"""What a language model is to this lane: one turn in, one reasoned JSON answer out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

Stage = Literal["think", "write"]


class TurnTooLong(ValueError):
    """The turn and the answer it asks for do not fit into the model's context."""


class OnToken(Protocol):
    """Called after each token with the stage and the tokens made in it; may raise to stop."""

    def __call__(self, stage: Stage, tokens: int) -> None: ...


@dataclass(frozen=True)
class Sampling:
    """How a token is drawn; temperature 0 takes the likeliest."""

    temperature: float
    top_p: float = 0.95


@dataclass(frozen=True)
class Turn:
    """One question: the user's turn, the GBNF grammar of the answer, and the limits in tokens.

    `thought` takes the tokens of an earlier answer's reasoning, so that only writing is repeated.
    """

    text: str
    grammar: str
    seed: int
    think_tokens: int
    answer_tokens: int
    thinking: Sampling = Sampling(0.6)
    writing: Sampling = Sampling(0.2)
    thought: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Answer:
    """The reasoning, the JSON text, why writing ended, and what it took (times in milliseconds).

    `finish_reason` "length" means that the text is cut off and no JSON.
    """

    reasoning: str
    text: str
    finish_reason: Literal["stop", "length"]
    thought: tuple[int, ...]
    prompt_tokens: int
    answer_tokens: int
    think_ms: float
    write_ms: float


class TextEngine(Protocol):
    """A language model that thinks, then writes JSON under a grammar."""

    @property
    def context(self) -> int:
        """How many tokens the turn, the reasoning and the answer may have together."""
        ...

    def measure(self, text: str) -> int:
        """The tokens that this text takes."""
        ...

    def complete(self, turn: Turn, on_token: OnToken) -> Answer:
        """Think, then write; TurnTooLong before any work, OutOfMemory where the device is full.

        What `on_token` raises ends the work and comes through; the engine stays usable.
        """
        ...

    def close(self) -> None:
        """Free the model's memory; the engine is not used afterwards."""
        ...
