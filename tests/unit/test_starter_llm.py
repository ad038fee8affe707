"""The shipped starter text model does what its card says, with a margin for chance."""

from collections import defaultdict

import pytest
from jinja2.sandbox import SandboxedEnvironment

from models.training.llm.evaluate import held_out_examples
from models.training.llm.export import SHIPPED
from models.training.llm.gates import measure, parse
from models.training.llm.speaker import Speaker
from models.training.llm.tokens import ASSISTANT, BOS, END_THINK, THINK, USER, turn_text

CASES = 30


@pytest.fixture(scope="module")
def speaker() -> Speaker:
    """The shipped model, loaded once."""
    return Speaker(SHIPPED)


def test_the_file_is_small() -> None:
    assert SHIPPED.stat().st_size <= 8_000_000


def test_each_mark_of_a_turn_is_one_token(speaker: Speaker) -> None:
    for mark in (BOS, USER, ASSISTANT, THINK, END_THINK):
        assert len(speaker.tokens(mark)) == 1
    assert speaker.tokens(BOS) == [speaker.llama.token_bos()]


def test_the_chat_template_makes_the_turn_it_was_trained_on(speaker: Speaker) -> None:
    template = speaker.llama.metadata["tokenizer.chat_template"]
    made = (
        SandboxedEnvironment()
        .from_string(template)
        .render(
            messages=[{"role": "user", "content": "subject: a picture of a cat"}],
            bos_token=BOS,
            add_generation_prompt=True,
        )
    )

    assert made == turn_text("subject: a picture of a cat")


def test_it_obeys_wishes_with_words_it_never_saw(speaker: Speaker) -> None:
    tally: defaultdict[str, list[float]] = defaultdict(list)
    for index, example in enumerate(held_out_examples(CASES)):
        reply = speaker.reply(example.turn, example.brief.count, seed=index + 1)
        answer = parse(reply.answer, example.brief.count)
        tally["json"].append(answer is not None)
        if answer:
            measure(example.brief, answer, speaker.tokens, tally)

    figures = {key: sum(values) / len(values) for key, values in tally.items()}
    # The card's figures are higher; thirty wishes are few, and some of these are tongue-twisters.
    assert figures["json"] >= 0.85
    assert figures["count"] >= 0.95
    assert figures["subject tokens"] >= 0.92
    assert figures["subject exact"] >= 0.85
    assert figures["lead"] >= 0.95
    assert figures["motif"] >= 0.9
