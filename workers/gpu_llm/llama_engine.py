"""The TextEngine on llama.cpp: think freely, then write JSON under a grammar."""

from __future__ import annotations

import ctypes
import hashlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import takewhile

import llama_cpp

from app.contracts.errors import OutOfMemory
from workers.gpu_llm.chat_frame import ChatFrame, chat_frame
from workers.gpu_llm.control import without_control
from workers.gpu_llm.engine import Answer, OnToken, Sampling, Stage, Turn, TurnTooLong
from workers.gpu_llm.engine_options import LlamaOptions, model_unavailable, out_of_memory
from workers.gpu_llm.llama_sampling_engine import TokenSampler
from workers.gpu_llm.stammer import stammers

_CLOSE = b"</think>"
_BATCH = 512
# A model that fits a processor's cache is slower on several threads than on one.
_SMALL_FILE = 64 * 1024 * 1024
# The closing mark ends in one of the last tokens; a token is rarely longer than this.
_TAIL = 64


@dataclass(frozen=True)
class _Draw:
    """How one pass draws its tokens, and where it ends."""

    stage: Stage
    sampling: Sampling
    seed: int
    limit: int
    until: bytes = b""
    grammar: str | None = None


@dataclass
class _Writing:
    """What one pass has made so far."""

    tokens: list[int] = field(default_factory=list)
    text: bytearray = field(default_factory=bytearray)
    ended: bool = False
    stammered: bool = False


class LlamaEngine:
    """Any GGUF, loaded when it is built; one request at a time, whoever calls.

    ModelUnavailable where the file is missing or damaged, OutOfMemory where it does not fit.
    """

    def __init__(self, options: LlamaOptions) -> None:
        self._lock = threading.Lock()
        self._llm = _load(options)
        self._forget: Callable[[], None] = self._llm.reset
        self._vocab = llama_cpp.llama_model_get_vocab(self._llm.model)
        self._recurrent = bool(
            llama_cpp.llama_model_is_recurrent(self._llm.model)
            or llama_cpp.llama_model_is_hybrid(self._llm.model)
        )
        self._marks = _marks(self._vocab, self._llm.n_vocab())
        bos = self._llm.tokenize(b"", add_bos=True, special=True)
        self._frame: ChatFrame = chat_frame(self._tokens, bos)
        self._warm(options.warm_text)

    @property
    def context(self) -> int:
        """How many tokens the turn, the reasoning and the answer may have together."""
        # Past the length it was trained on a model only babbles, however much memory there is.
        trained = int(llama_cpp.llama_model_n_ctx_train(self._llm.model))
        return min(int(self._llm.n_ctx()), trained)

    @property
    def form(self) -> str:
        """The chat form found in the vocabulary: deepseek-r1, chatml, llama-3 or plain."""
        return self._frame.name

    def measure(self, text: str) -> int:
        """The tokens that this text takes, without the frame of a turn."""
        return len(self._user_tokens(text))

    def complete(self, turn: Turn, on_token: OnToken) -> Answer:
        """Think within the budget, then write under the grammar; see TextEngine."""
        with self._lock, self._clean_after_failure():
            prompt = self._prompt(turn)
            started = time.perf_counter()
            thought = (
                turn.thought if turn.thought is not None else self._think(prompt, turn, on_token)
            )
            reasoned = time.perf_counter()
            written = self._write([*prompt, *thought], turn, on_token)
            ended = time.perf_counter()
        return Answer(
            reasoning=self._reasoning(thought),
            text=written.text.decode("utf-8", "replace"),
            finish_reason="stop" if written.ended else "length",
            thought=thought,
            prompt_tokens=len(prompt),
            answer_tokens=len(written.tokens),
            think_ms=1000 * (reasoned - started),
            write_ms=1000 * (ended - reasoned),
        )

    def close(self) -> None:
        """Free the model's memory, after the request that runs."""
        with self._lock:
            self._llm.close()

    # ------------------------------------------------------------------ one turn, in tokens

    def _prompt(self, turn: Turn) -> list[int]:
        """Frame the turn and open the reasoning; TurnTooLong if the rest would not fit."""
        text = self._user_tokens(turn.text)
        prompt = [*self._frame.before, *text, *self._frame.after]
        if self._frame.thinks:
            prompt += self._tokens("<think>\n", True)
        spoken = len(turn.thought) if turn.thought is not None else len(self._closing())
        if len(prompt) + spoken + turn.answer_tokens > self.context:
            raise TurnTooLong(
                f"{len(prompt)} tokens of turn and {turn.answer_tokens} of answer "
                f"do not fit into {self.context}."
            )
        return prompt

    def _think(self, prompt: list[int], turn: Turn, on_token: OnToken) -> tuple[int, ...]:
        """Reason up to the closing mark or the budget; the tokens end with the closed block.

        A thought that goes round in circles is dropped.
        """
        if not self._frame.thinks:
            return ()
        room = self.context - len(prompt) - len(self._closing()) - turn.answer_tokens
        budget = min(turn.think_tokens, room)
        made = _Writing()
        if budget > 0:
            draw = _Draw("think", turn.thinking, turn.seed, budget, until=_CLOSE)
            self._draw(prompt, draw, made, on_token)
        if made.stammered:
            # What follows would go round with it: better to write without a thought.
            return tuple(self._closing())
        if made.text.rstrip().endswith(_CLOSE):
            return (*made.tokens, *self._tokens("\n\n", True))
        return (*made.tokens, *self._closing())

    def _write(self, tokens: list[int], turn: Turn, on_token: OnToken) -> _Writing:
        draw = _Draw("write", turn.writing, turn.seed, turn.answer_tokens, grammar=turn.grammar)
        made = _Writing()
        self._draw(tokens, draw, made, on_token)
        return made

    def _draw(self, after: list[int], draw: _Draw, made: _Writing, on_token: OnToken) -> None:
        """Draw tokens after these into `made` up to the limit, the mark or the model's own end."""
        with TokenSampler(self._llm, draw.sampling, draw.seed, draw.grammar) as sampler:
            self._evaluate(after)
            while True:
                token = sampler.draw()
                if llama_cpp.llama_vocab_is_eog(self._vocab, token):
                    made.ended = True
                    return
                made.tokens.append(token)
                made.text += self._piece(token)
                on_token(draw.stage, len(made.tokens))
                marked = draw.until and draw.until in made.text[-_TAIL:]
                if marked or len(made.tokens) >= draw.limit:
                    return
                if draw.until and stammers(made.tokens):
                    made.stammered = True
                    return
                self._llm.eval([token])

    def _evaluate(self, tokens: list[int]) -> None:
        """Bring the cache to exactly these tokens, keeping the beginning that it holds already."""
        held = self._llm.input_ids[: self._llm.n_tokens].tolist()
        pairs = zip(held, tokens[:-1], strict=False)
        common = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        # Recurrent models cannot forget a tail: they start anew.
        if self._recurrent and common < len(held):
            self._forget()
            common = 0
        self._llm.n_tokens = common
        self._llm.eval(tokens[common:])

    # ------------------------------------------------------------------ text and tokens

    def _tokens(self, text: str, special: bool) -> list[int]:
        return list(self._llm.tokenize(text.encode(), add_bos=False, special=special))

    def _user_tokens(self, text: str) -> list[int]:
        return self._tokens(without_control(text, self._marks), False)

    def _closing(self) -> list[int]:
        return self._tokens("\n</think>\n\n", True) if self._frame.thinks else []

    def _reasoning(self, thought: tuple[int, ...]) -> str:
        text = b"".join(map(self._piece, thought)).partition(_CLOSE)[0]
        return without_control(text.decode("utf-8", "replace"), self._marks).strip()

    def _piece(self, token: int) -> bytes:
        return _piece(self._vocab, token)

    # ------------------------------------------------------------------ state

    @contextmanager
    def _clean_after_failure(self) -> Iterator[None]:
        """After an exception from anywhere, start the next request from an empty cache.

        A time limit may strike between the cache and Llama's own count of it.
        """
        try:
            yield
        except RuntimeError as error:
            self._forget()
            if "llama_decode" in str(error):
                # The context was checked beforehand: what is left is a device without room.
                raise OutOfMemory("The language model ran out of memory.", {}) from error
            raise
        except BaseException:
            self._forget()
            raise

    def _warm(self, text: str) -> None:
        """Evaluate the constant beginning, so that the first request finds it in the cache."""
        tokens = [*self._frame.before, *self._user_tokens(text)]
        if tokens:
            self._llm.eval(tokens[: self.context // 2])


def _load(options: LlamaOptions) -> llama_cpp.Llama:
    try:
        with options.path.open("rb") as file:
            magic, size = file.read(4), os.fstat(file.fileno()).st_size
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest() if options.sha256 else None
    except OSError as error:
        raise model_unavailable(options, "is not there or cannot be read") from error
    if magic != b"GGUF":
        raise model_unavailable(options, "is not a GGUF file")
    if digest != options.sha256:
        raise model_unavailable(options, "is not the file whose sha256 models.yaml names")
    threads = options.threads or (1 if size < _SMALL_FILE else os.cpu_count() or 1)
    try:
        return llama_cpp.Llama(
            str(options.path),
            n_ctx=options.context,
            n_batch=_BATCH,
            n_gpu_layers=options.gpu_layers,
            tensor_split=list(options.tensor_split) if options.tensor_split else None,
            n_threads=threads,
            n_threads_batch=threads,
            flash_attn=options.gpu_layers != 0,
            no_perf=True,
            verbose=False,
        )
    except (MemoryError, ValueError) as error:
        if isinstance(error, MemoryError) or "llama_context" in str(error):
            raise out_of_memory(options, size) from error
        raise model_unavailable(options, "is damaged or of an unknown kind") from error


def _marks(vocab: llama_cpp.llama_vocab_p, size: int) -> tuple[str, ...]:
    """The vocabulary's own special tokens as text, those that a user could type."""
    control, user = llama_cpp.LLAMA_TOKEN_ATTR_CONTROL, llama_cpp.LLAMA_TOKEN_ATTR_USER_DEFINED
    marks = []
    for token in range(size):
        kind = llama_cpp.llama_vocab_get_attr(vocab, token)
        if kind & (control | user):
            text = _piece(vocab, token).decode("utf-8", "replace")
            # Some vocabularies list runs of spaces as user-defined; those are plain text.
            if kind & control or text[:1] in ("<", "["):
                marks.append(text)
    return tuple(mark for mark in marks if mark.strip())


def _piece(vocab: llama_cpp.llama_vocab_p, token: int) -> bytes:
    size = 64
    while True:
        buffer = ctypes.create_string_buffer(size)
        length = int(llama_cpp.llama_token_to_piece(vocab, token, buffer, size, 0, True))
        if length >= 0:
            return buffer.raw[:length]
        size = -length
