"""A text engine that gives written answers instead of thinking, for tests of what is around it."""

from __future__ import annotations

from collections.abc import Sequence

from workers.gpu_llm.engine import Answer, OnToken, Turn, TurnTooLong


class ScriptedEngine:
    """Answers turn after turn with the given texts; a token is a character.

    A text that ends in "…" stands for one that was cut off by its limit.
    """

    def __init__(self, texts: Sequence[str], context: int = 20_000) -> None:
        self._texts = list(texts)
        self._context = context
        self.turns: list[Turn] = []
        self.closed = False

    @property
    def context(self) -> int:
        return self._context

    def measure(self, text: str) -> int:
        return len(text)

    def complete(self, turn: Turn, on_token: OnToken) -> Answer:
        if self.measure(turn.text) + turn.answer_tokens > self.context:
            raise TurnTooLong("too long")
        self.turns.append(turn)
        text = self._texts.pop(0)
        if turn.thought is None:
            on_token("think", 1)
        on_token("write", len(text))
        return Answer(
            reasoning="because",
            text=text,
            finish_reason="length" if text.endswith("…") else "stop",
            thought=turn.thought or (1, 2, 3),
            prompt_tokens=len(turn.text),
            answer_tokens=len(text),
            think_ms=0.0 if turn.thought else 2.0,
            write_ms=3.0,
        )

    def close(self) -> None:
        self.closed = True
