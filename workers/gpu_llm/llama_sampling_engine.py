"""Draws tokens from llama.cpp's logits, under a grammar where one is given.

Llama.sample asks the grammar about the whole vocabulary before each draw: with the 128,000 tokens
of a Llama 3 that took 90 ms a token. Here a token is drawn first and the grammar asked about that
one; only where it refuses are the likeliest others asked, and all of them last.
"""

from __future__ import annotations

import ctypes
from types import TracebackType
from typing import Any

import llama_cpp
import numpy as np
import numpy.typing as npt

from workers.gpu_llm.engine import Sampling

_CANDIDATE = np.dtype([("id", np.intc), ("logit", np.single), ("p", np.single)], align=True)
# Beyond the likeliest few hundred there is nothing that top_p would keep, only sorting.
_TOP_K = 256
# llama.cpp reads 0xFFFFFFFF as "choose one"; 0 is left out as llama-cpp-python reads it so.
_SEEDS = 0xFFFFFFFD


class TokenSampler:
    """One pass's way of drawing; free it with `close` or as a context manager.

    ValueError where the grammar does not parse (a sampler of such a one would end the process).
    """

    def __init__(
        self, llm: llama_cpp.Llama, sampling: Sampling, seed: int, grammar: str | None = None
    ) -> None:
        self._llm = llm
        self._size = llm.n_vocab()
        self._grammar = _grammar_sampler(llm, grammar) if grammar is not None else None
        self._chain = _chain(sampling, seed)

    def draw(self) -> int:
        """Draw the token that follows what was evaluated last."""
        token = int(llama_cpp.llama_sampler_sample(self._chain, self._llm.ctx, -1))
        if self._grammar is None:
            return token
        logits = self._logits()
        if not self._allowed(np.array([token]), logits).size:
            token = self._draw_allowed(logits)
        llama_cpp.llama_sampler_accept(self._grammar, token)
        return token

    def close(self) -> None:
        """Free what llama.cpp holds for it."""
        llama_cpp.llama_sampler_free(self._chain)
        if self._grammar is not None:
            llama_cpp.llama_sampler_free(self._grammar)

    def __enter__(self) -> TokenSampler:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _logits(self) -> npt.NDArray[np.single]:
        pointer = llama_cpp.llama_get_logits_ith(self._llm.ctx, -1)
        return np.ctypeslib.as_array(pointer, shape=(self._size,))

    def _draw_allowed(self, logits: npt.NDArray[np.single]) -> int:
        """Draw among what the grammar allows of the likeliest tokens, else of all."""
        likeliest = np.argpartition(logits, -min(_TOP_K, self._size))[-_TOP_K:]
        allowed = self._allowed(likeliest, logits)
        if not allowed.size:
            allowed = self._allowed(np.arange(self._size), logits)
        if not allowed.size:
            raise RuntimeError("The vocabulary cannot write what the grammar asks for.")
        view = _view(allowed)
        llama_cpp.llama_sampler_apply(self._chain, ctypes.byref(view))
        return int(view.data[view.selected].id)

    def _allowed(
        self, ids: npt.NDArray[np.integer], logits: npt.NDArray[np.single]
    ) -> npt.NDArray[np.void]:
        """The candidates of these ids that the grammar takes as the next token."""
        candidates = np.zeros(len(ids), dtype=_CANDIDATE)
        candidates["id"], candidates["logit"] = ids, logits[ids]
        view = _view(candidates)
        llama_cpp.llama_sampler_apply(self._grammar, ctypes.byref(view))
        kept: npt.NDArray[np.void] = candidates[np.isfinite(candidates["logit"])]
        return kept


def _view(candidates: npt.NDArray[np.void]) -> llama_cpp.llama_token_data_array:
    pointer = candidates.ctypes.data_as(ctypes.POINTER(llama_cpp.llama_token_data))
    return llama_cpp.llama_token_data_array(
        data=pointer, size=len(candidates), selected=-1, sorted=False
    )


def _chain(sampling: Sampling, seed: int) -> Any:
    chain = llama_cpp.llama_sampler_chain_init(llama_cpp.llama_sampler_chain_default_params())
    if sampling.temperature <= 0:
        links = [llama_cpp.llama_sampler_init_greedy()]
    else:
        links = [
            llama_cpp.llama_sampler_init_top_k(_TOP_K),
            llama_cpp.llama_sampler_init_temp(sampling.temperature),
            llama_cpp.llama_sampler_init_top_p(sampling.top_p, 1),
            llama_cpp.llama_sampler_init_dist(1 + seed % _SEEDS),
        ]
    for link in links:
        llama_cpp.llama_sampler_chain_add(chain, link)
    return chain


def _grammar_sampler(llm: llama_cpp.Llama, grammar: str) -> Any:
    vocab = llama_cpp.llama_model_get_vocab(llm.model)
    sampler = llama_cpp.llama_sampler_init_grammar(vocab, grammar.encode(), b"root")
    if not sampler:
        raise ValueError("The answer's grammar does not parse.")
    return sampler
