"""Asks a GGUF as the service does: thinking first, then the answer, on one run of tokens."""

from dataclasses import dataclass
from pathlib import Path

from llama_cpp import Llama
from llama_cpp.llama_grammar import LlamaGrammar

from models.training.llm.tokens import END_THINK, turn_text
from workers.gpu_llm.stammer import stammers

THINK_BUDGET = 256
# The service's room for an answer: braces, and a prompt's JSON with its subject.
_TOKENS_OF_FRAME, _TOKENS_OF_PROMPT = 40, 360
_CONTEXT = 2048
# What the service asks with.
_THINK_HEAT, _ANSWER_HEAT, _TOP_P = 0.6, 0.2, 0.95


@dataclass(frozen=True)
class Reply:
    """What came back: thinking, answer, and how many tokens each took."""

    think: str
    think_tokens: int
    answer: str
    answer_tokens: int


class Speaker:
    """One loaded model on `threads` threads."""

    def __init__(self, path: Path, threads: int = 1) -> None:
        self.llama = Llama(
            str(path), n_ctx=_CONTEXT, n_threads=threads, n_threads_batch=threads, verbose=False
        )

    def reply(self, lines: str, count: int, seed: int, schema: str | None = None) -> Reply:
        """Think up to the budget, then answer with `count` prompts, under a schema if given."""
        self.llama.set_seed(seed)
        ids = self.tokens(turn_text(lines))
        closing = self.tokens(END_THINK)
        thought = self._run(ids, THINK_BUDGET, closing[0], _THINK_HEAT, None)
        ids = ids + thought + closing + self.tokens("\n\n")
        rule = LlamaGrammar.from_json_schema(schema, verbose=False) if schema else None
        wanted = _TOKENS_OF_FRAME + count * _TOKENS_OF_PROMPT
        budget = min(wanted, _CONTEXT - len(ids) - 1)
        said = self._run(ids, budget, self.llama.token_eos(), _ANSWER_HEAT, rule)
        return Reply(self.text(thought).strip(), len(thought), self.text(said), len(said))

    def tokens(self, text: str) -> list[int]:
        """Return the ids of a text that may hold special tokens; it is given none of its own."""
        return self.llama.tokenize(text.encode(), add_bos=False, special=True)

    def text(self, ids: list[int]) -> str:
        """Return the text of ids."""
        return self.llama.detokenize(ids, special=True).decode("utf-8", "replace")

    def _run(
        self,
        ids: list[int],
        budget: int,
        last: int,
        heat: float,
        rule: LlamaGrammar | None,
    ) -> list[int]:
        said: list[int] = []
        for token in self.llama.generate(
            ids, temp=heat, top_p=_TOP_P, top_k=0, min_p=0.0, grammar=rule
        ):
            if token in (last, self.llama.token_eos()) or len(said) >= budget:
                break
            said.append(token)
            if rule is None and last != self.llama.token_eos() and stammers(said):
                return []  # as the service does with a thought that goes round
        return said
