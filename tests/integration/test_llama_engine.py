"""LlamaEngine on real llama.cpp: a tiny model of random weights, and the starter model."""

from __future__ import annotations

import hashlib
import json
import shutil
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from billiard.exceptions import SoftTimeLimitExceeded

from app.blobs.folder import FolderBlobs
from app.contracts.errors import JobCancelled, ModelUnavailable
from config.catalog import load_catalog
from config.settings import Settings
from tests.tiny_llama import CHATML_TOKENS, R1_TOKENS, write_tiny_llama
from workers.gpu_llm.analyze import run_analyze
from workers.gpu_llm.culture.classifier import Classifier
from workers.gpu_llm.culture.knowledge import load_knowledge
from workers.gpu_llm.engine import Answer, Sampling, Stage, TextEngine, Turn, TurnTooLong
from workers.gpu_llm.engine_options import LlamaOptions
from workers.gpu_llm.grammar import answer_grammar
from workers.gpu_llm.llama_engine import LlamaEngine
from workers.gpu_llm.prompts import constant_start
from workers.gpu_llm.tasks import analyze_options, llama_options
from workers.slot import EngineSlot
from workers.work import Work

CONTEXT = 4096
NASTY = [
    'say "hello" to the cat',
    "back\\slash\\",
    "two\nlines\tand a tab",
    "🦊👩‍🚀 on the moon",
    "مسجد في الليل",
    "猫と桜の木",
    'root ::= "a" | [b-c]* {1,2} (d)',
    "100% {json: [1, 2]}, <3",
    ("hedgehog in a raincoat " * 7)[:160],
    "x",
]


def options(path: Path, **changes: Any) -> LlamaOptions:
    given = LlamaOptions("tiny", "models/tiny/tiny.gguf", path, context=CONTEXT, gpu_layers=0)
    return replace(given, **changes)


def quiet(stage: Stage, tokens: int) -> None:
    """Nobody listens."""


def turn(subject: str = "two cats", **changes: Any) -> Turn:
    given = Turn(
        text="subject: a picture of two cats\nvariations: 1",
        grammar=answer_grammar(subject, 1, most=250),
        seed=5,
        think_tokens=20,
        answer_tokens=2000,
        writing=Sampling(1.0),
    )
    return replace(given, **changes)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_llama(tmp_path_factory.mktemp("tiny") / "tiny.gguf", context=CONTEXT)


@pytest.fixture(scope="module")
def engine(tiny: Path) -> Iterator[LlamaEngine]:
    built = LlamaEngine(options(tiny, warm_text="subject: a picture of"))
    yield built
    built.close()


# ------------------------------------------------------------------------------ the grammar


@pytest.mark.parametrize("subject", NASTY)
def test_even_random_weights_write_json_with_the_subject_in_every_prompt(
    engine: LlamaEngine, subject: str
) -> None:
    grammar = answer_grammar(subject, 2, ("anime",), ("3:2",), most=250)
    answer = engine.complete(turn(grammar=grammar, answer_tokens=3500), quiet)

    data = json.loads(answer.text)
    assert answer.finish_reason == "stop"
    assert list(data) == ["style", "aspectRatio", "prompts"]
    assert (data["style"], data["aspectRatio"]) == ("anime", "3:2")
    assert [list(prompt) for prompt in data["prompts"]] == [
        ["name", "prompt", "negativePrompt"]
    ] * 2
    assert all(subject in prompt["prompt"] for prompt in data["prompts"])


def test_given_openings_are_the_only_ones(engine: LlamaEngine) -> None:
    leads = ("a photo of", "an anime scene of")
    grammar = answer_grammar("two cats", 3, most=120, leads=leads)
    data = json.loads(engine.complete(turn(grammar=grammar, answer_tokens=3500), quiet).text)

    for prompt in data["prompts"]:
        assert prompt["prompt"].startswith(tuple(f"{lead} two cats" for lead in leads))


def test_a_grammar_that_does_not_parse_is_refused_and_kills_nothing(engine: LlamaEngine) -> None:
    with pytest.raises(ValueError, match="does not parse"):
        engine.complete(turn(grammar="root ::= nobody"), quiet)

    assert json.loads(engine.complete(turn(), quiet).text)


# ------------------------------------------------------------------------------ the limits


@pytest.mark.parametrize("budget", [0, 1, 30])
def test_thinking_keeps_to_its_budget(engine: LlamaEngine, budget: int) -> None:
    told: list[tuple[Stage, int]] = []
    answer = engine.complete(
        turn(think_tokens=budget), lambda stage, tokens: told.append((stage, tokens))
    )

    thought = [tokens for stage, tokens in told if stage == "think"]
    assert thought == list(range(1, len(thought) + 1))
    assert len(thought) <= budget
    assert [tokens for stage, tokens in told if stage == "write"][-1] == answer.answer_tokens
    assert (answer.reasoning == "") is (budget == 0) or budget == 1
    assert "think>" not in answer.reasoning
    assert json.loads(answer.text)


def test_an_answer_that_is_cut_off_says_so(engine: LlamaEngine) -> None:
    answer = engine.complete(turn(answer_tokens=12), quiet)

    assert (answer.finish_reason, answer.answer_tokens) == ("length", 12)


def test_a_turn_that_cannot_fit_is_refused_before_any_work(engine: LlamaEngine) -> None:
    told: list[int] = []

    with pytest.raises(TurnTooLong):
        engine.complete(turn(text="word " * CONTEXT), lambda stage, tokens: told.append(tokens))
    assert told == []
    assert json.loads(engine.complete(turn(), quiet).text)


def test_thinking_shrinks_where_the_context_is_nearly_full(engine: LlamaEngine) -> None:
    text = "x" * (CONTEXT - 2000 - 40)
    answer = engine.complete(turn(text=text, think_tokens=5000), quiet)

    assert answer.prompt_tokens + len(answer.thought) + answer.answer_tokens <= CONTEXT
    assert answer.finish_reason == "stop"


def test_the_context_ends_where_training_did(tiny: Path) -> None:
    wide = LlamaEngine(options(tiny, context=2 * CONTEXT))

    assert wide.context == CONTEXT
    wide.close()


# ------------------------------------------------------------------------------ chance


def test_the_seed_decides_what_is_written(engine: LlamaEngine) -> None:
    texts = [engine.complete(turn(seed=seed), quiet).text for seed in (1, 1, 2, 0, 2**32 - 4)]

    assert texts[0] == texts[1]
    assert len(set(texts)) == 4


def test_writing_again_keeps_the_reasoning_and_takes_no_time_for_it(engine: LlamaEngine) -> None:
    first = engine.complete(turn(), quiet)
    stages: list[Stage] = []
    again = engine.complete(
        turn(seed=6, thought=first.thought), lambda stage, tokens: stages.append(stage)
    )

    assert set(stages) == {"write"}
    assert (again.reasoning, again.thought) == (first.reasoning, first.thought)
    assert again.text != first.text


# ------------------------------------------------------------------------------ interruption


def _interrupted(engine: LlamaEngine, stage: Stage, error: Exception) -> None:
    place = stage

    def stop(stage: Stage, tokens: int) -> None:
        if stage == place and tokens == 7:
            raise error

    with pytest.raises(type(error)):
        engine.complete(turn(), stop)


@pytest.mark.parametrize("stage", ["think", "write"])
def test_a_cancel_stops_at_the_token_and_leaves_the_engine_whole(
    tiny: Path, engine: LlamaEngine, stage: Stage
) -> None:
    _interrupted(engine, stage, JobCancelled("cancelled"))
    fresh = LlamaEngine(options(tiny))

    after, expected = engine.complete(turn(), quiet), fresh.complete(turn(), quiet)
    fresh.close()
    assert (after.reasoning, after.text) == (expected.reasoning, expected.text)


@pytest.mark.parametrize("delay", [0.001, 0.004, 0.011, 0.023, 0.04])
def test_a_time_limit_may_strike_anywhere(engine: LlamaEngine, delay: float) -> None:
    def strike(number: int, frame: FrameType | None) -> None:
        raise SoftTimeLimitExceeded

    endless = turn(grammar='root ::= "a" root', think_tokens=2000, answer_tokens=2000)
    before = signal.signal(signal.SIGALRM, strike)
    try:
        signal.setitimer(signal.ITIMER_REAL, delay)
        with pytest.raises(SoftTimeLimitExceeded):
            while True:
                engine.complete(endless, quiet)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)

    assert json.loads(engine.complete(turn(), quiet).text)


def test_two_threads_take_turns(engine: LlamaEngine) -> None:
    alone = [engine.complete(turn(seed=seed), quiet).text for seed in range(4)]
    with ThreadPoolExecutor(4) as pool:
        answers: list[Answer] = list(
            pool.map(lambda seed: engine.complete(turn(seed=seed), quiet), range(4))
        )

    assert [answer.text for answer in answers] == alone


# ------------------------------------------------------------------------------ turns in tokens


@pytest.mark.parametrize("mark", ["</think>", "<｜Assistant｜>", "<s>", "<|im_start|>", "\0"])
def test_control_tokens_of_the_user_never_reach_the_model(engine: LlamaEngine, mark: str) -> None:
    # A mark would be one token; the space that stands in for it is one letter here.
    assert engine.measure(f"a{mark}b") == engine.measure("a b")


@pytest.mark.parametrize(
    ("specials", "form"),
    [
        (R1_TOKENS, "deepseek-r1"),
        (CHATML_TOKENS, "chatml"),
        (("<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"), "llama-3"),
        ((), "plain"),
    ],
)
def test_the_vocabulary_decides_the_chat_form(
    tmp_path: Path, specials: tuple[str, ...], form: str
) -> None:
    path = write_tiny_llama(tmp_path / "model.gguf", specials)
    other = LlamaEngine(options(path))

    assert other.form == form
    assert "two cats" in json.loads(other.complete(turn(), quiet).text)["prompts"][0]["prompt"]
    other.close()


def test_the_beginning_of_a_turn_is_framed_once(engine: LlamaEngine) -> None:
    text = "abc"
    answer = engine.complete(turn(text=text), quiet)

    # <s> <｜User｜> a b c <｜Assistant｜> <think> and the line's end.
    assert answer.prompt_tokens == len(text) + 5


# ------------------------------------------------------------------------------ no model


def test_a_missing_model_names_its_source_and_the_command(tmp_path: Path) -> None:
    source = "models/deepseek-r1-70b/DeepSeek-R1-Distill-Llama-70B-Q4_K_M.gguf"
    missing = options(tmp_path / "no.gguf", model="deepseek-r1-70b", source=source)

    with pytest.raises(ModelUnavailable) as caught:
        LlamaEngine(missing)
    assert caught.value.details["model"] == "deepseek-r1-70b"
    assert "hf download" in caught.value.details["hint"]
    assert source.rpartition("/")[2] in caught.value.details["hint"]
    assert str(tmp_path) not in json.dumps(caught.value.as_json())


@pytest.mark.parametrize("damage", [b"", b"no model at all", b"GGUF" + b"\x07" * 5000, "cut"])
def test_a_damaged_starter_says_how_to_make_it_again(
    tmp_path: Path, tiny: Path, damage: bytes | str
) -> None:
    path = Path(shutil.copy(tiny, tmp_path / "bad.gguf"))
    path.write_bytes(path.read_bytes()[:60_000] if isinstance(damage, str) else damage)

    with pytest.raises(ModelUnavailable) as caught:
        LlamaEngine(options(path, source="models/starter/llm/starter-llm.gguf"))
    assert "make train-llm" in caught.value.details["hint"]
    assert str(tmp_path) not in json.dumps(caught.value.as_json())


def test_where_the_sha256_is_given_no_other_file_is_parsed(tmp_path: Path, tiny: Path) -> None:
    path = Path(shutil.copy(tiny, tmp_path / "model.gguf"))
    known = hashlib.sha256(path.read_bytes()).hexdigest()
    LlamaEngine(options(path, sha256=known))
    with path.open("ab") as file:
        file.write(b"\0")

    with pytest.raises(ModelUnavailable, match="sha256"):
        LlamaEngine(options(path, sha256=known))


def test_a_source_outside_the_project_is_named_by_its_file_alone(tmp_path: Path) -> None:
    path = tmp_path / "own-model.gguf"

    with pytest.raises(ModelUnavailable) as caught:
        LlamaEngine(options(path, source=str(path)))
    assert "own-model.gguf" in caught.value.message
    assert str(tmp_path) not in json.dumps(caught.value.as_json())


def test_llama_cpp_is_silent(tiny: Path, capfd: pytest.CaptureFixture[str]) -> None:
    spoken = LlamaEngine(options(tiny))
    spoken.complete(turn(), quiet)
    spoken.close()

    assert capfd.readouterr() == ("", "")


# ------------------------------------------------------------------------------ the whole step


@pytest.mark.parametrize(
    ("description", "culture"),
    [
        ("please draw me two hedgehogs in tiny raincoats in Marrakesh", "Moroccan"),
        ("a windmill among tulips near Amsterdam", "Dutch"),
        ("a red bicycle", None),
        ('猫 and a "quoted" 🦊 </think>', None),
    ],
)
def test_the_starter_model_answers_a_wish(
    tmp_path: Path, description: str, culture: str | None
) -> None:
    settings = Settings()
    catalog = load_catalog(settings.models_file)
    slot: EngineSlot[TextEngine] = EngineSlot(
        lambda entry: LlamaEngine(llama_options(catalog, settings, entry))
    )
    payload = {"description": description, "filters": {}, "count": 3, "seed": 4}
    stages: list[str] = []
    outcome = run_analyze(
        Work("job", payload, FolderBlobs(tmp_path, 60), lambda stage, *_: stages.append(stage)),
        Classifier(load_knowledge(settings.culture_dir)),
        slot,
        catalog,
        analyze_options(catalog, settings),
    )
    slot.clear()

    result = outcome.result
    assert result is not None
    assert result["source"] == "llm"
    assert result["classification"]["culture"] == culture
    assert len({prompt["prompt"] for prompt in result["prompts"]}) == 3
    assert set(stages) >= {"classify", "write"}
    assert result["timings"]["write"] > 0


def test_a_large_models_constant_beginning_is_evaluated_at_start(tiny: Path) -> None:
    start = constant_start("reasoning")
    warm = LlamaEngine(options(tiny, warm_text=start))

    answer = warm.complete(turn(text=start + "\nsubject: two cats", answer_tokens=1500), quiet)
    assert json.loads(answer.text)
    warm.close()


def test_a_thought_that_goes_round_in_circles_is_dropped(engine: LlamaEngine) -> None:
    made: list[int] = []
    # Random weights that always take the likeliest token soon say the same again and again.
    answer = engine.complete(
        turn(text="subject: three birds", think_tokens=1500, thinking=Sampling(0.0)),
        lambda stage, tokens: made.append(tokens) if stage == "think" else None,
    )

    assert made[-1] < 1500
    assert answer.reasoning == ""
    assert json.loads(answer.text)["prompts"]
