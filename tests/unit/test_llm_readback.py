"""A GGUF of the starter text model read back: training can start where the file stands."""

from itertools import islice
from pathlib import Path

import pytest

from models.training.llm.corpus import examples
from models.training.llm.cultures import load_traits
from models.training.llm.export import SHIPPED, export
from models.training.llm.readback import read_gguf
from models.training.llm.speaker import Speaker
from models.training.llm.tokens import turn_text


def test_reading_and_writing_give_the_same_file(tmp_path: Path) -> None:
    network, tokenizer = read_gguf(SHIPPED)

    export(network, tokenizer, tmp_path / "again.gguf")

    assert (tmp_path / "again.gguf").read_bytes() == SHIPPED.read_bytes()


def test_the_tokenizer_splits_as_llama_cpp_does() -> None:
    _, tokenizer = read_gguf(SHIPPED)
    speaker = Speaker(SHIPPED)

    for example in islice(examples(load_traits(), seed=8, held_out=True), 40):
        text = turn_text(example.turn)
        assert tokenizer.encode(text).ids == speaker.tokens(text)


def test_the_planted_heads_stay_out_of_training() -> None:
    network, _ = read_gguf(SHIPPED)

    trained = {name for name, value in network.named_parameters() if value.requires_grad}
    assert not any(name.endswith(".frozen") for name in trained)


def test_a_file_that_is_no_gguf_is_refused(tmp_path: Path) -> None:
    (tmp_path / "not.gguf").write_bytes(b"no weights here" * 100)

    with pytest.raises(ValueError, match="GGUF"):
        read_gguf(tmp_path / "not.gguf")
