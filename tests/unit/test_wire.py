from typing import Any

import pytest
from marshmallow import ValidationError

from app.contracts.schemas import wire
from app.contracts.schemas.analyze import AnalyzeRequest
from app.contracts.schemas.derivatives import DerivativesRequest, OptimizeRequest
from app.contracts.schemas.generate import GenerateRequest
from app.contracts.schemas.images import Quality


@pytest.mark.parametrize(
    ("snake", "camel"),
    [("prompt", "prompt"), ("guidance_scale", "guidanceScale"), ("a_b_c", "aBC")],
)
def test_names_are_camel_case_on_the_wire(snake: str, camel: str) -> None:
    assert wire.camel(snake) == camel


def test_text_is_brought_into_one_form() -> None:
    assert wire.text(1, 10).deserialize("cafe\u0301") == "caf\u00e9"
    assert wire.text(1, 10).deserialize("a\n\tb") == "a\n\tb"


@pytest.mark.parametrize("bad", ["a\x00b", "a\x1bb", "a\x7fb", "\ud83d", "a\x85b", 7, True, []])
def test_what_is_no_text_is_refused(bad: Any) -> None:
    with pytest.raises(ValidationError):
        wire.text(1, 10).deserialize(bad)


def test_the_length_is_counted_in_characters() -> None:
    assert wire.text(1, 3).deserialize("\U0001f3ef" * 3)
    with pytest.raises(ValidationError):
        wire.text(1, 3).deserialize("\U0001f3ef" * 4)


@pytest.mark.parametrize("good", [0, 5, 10])
def test_an_integer_is_a_whole_number(good: Any) -> None:
    value = wire.integer(0, 10).deserialize(good)

    assert value == good and type(value) is int


@pytest.mark.parametrize("bad", [True, "5", 5.5, 5.0, -1, 11, [], None, float("inf"), 1e30])
def test_what_is_no_integer_in_range_is_refused(bad: Any) -> None:
    with pytest.raises(ValidationError):
        wire.integer(0, 10).deserialize(bad)


@pytest.mark.parametrize("bad", [True, "5", float("nan"), float("inf"), -0.1, 10.1, {}])
def test_what_is_no_number_in_range_is_refused(bad: Any) -> None:
    with pytest.raises(ValidationError):
        wire.number(0.0, 10.0).deserialize(bad)


@pytest.mark.parametrize("bad", [0, 1, "true", "false", "yes", None, []])
def test_only_true_and_false_are_booleans(bad: Any) -> None:
    with pytest.raises(ValidationError):
        wire.StrictBoolean().deserialize(bad)


@pytest.mark.parametrize("good", ["#fff", "#FFFA", "#a1b2c3", "#a1b2c3d4", "white", "teal"])
def test_colours_as_css_writes_them(good: str) -> None:
    assert wire.color().deserialize(good) == good


@pytest.mark.parametrize("bad", ["", "#ff", "#ggg", "#12345", "rgb(1,2,3)", "#fff\n", "White", 5])
def test_what_is_no_colour_is_refused(bad: Any) -> None:
    with pytest.raises(ValidationError):
        wire.color().deserialize(bad)


@pytest.mark.parametrize(
    ("given", "loaded"),
    [(1, 1), (100, 100), ({"ssim": 0.95}, {"ssim": 0.95}), ({"maxBytes": 900}, {"max_bytes": 900})],
)
def test_a_quality_is_a_number_or_a_target(given: Any, loaded: Any) -> None:
    assert Quality().deserialize(given) == loaded


@pytest.mark.parametrize("bad", [0, 101, "80", {}, {"ssim": 0.5}, {"maxBytes": 1}, {"psnr": 40}])
def test_what_is_no_quality_is_refused(bad: Any) -> None:
    with pytest.raises(ValidationError):
        Quality().deserialize(bad)


def test_a_request_is_loaded_in_snake_case_with_defaults_and_without_nulls() -> None:
    body = {"prompt": "a torii", "guidanceScale": 3, "width": None, "textOverlay": {"text": "hi"}}
    loaded = GenerateRequest().load(body)

    assert loaded["guidance_scale"] == 3.0
    assert loaded["negative_prompt"] == ""
    assert (loaded["model"], loaded["num_images"], loaded["format"]) == ("photorealistic", 1, "png")
    assert "width" not in loaded and "seed" not in loaded
    assert loaded["text_overlay"]["position"] == "south"


def test_an_analysis_needs_a_description_or_a_category() -> None:
    assert AnalyzeRequest().load({"category": "temple"})["count"] == 3
    assert AnalyzeRequest().load({"description": "a temple"})["filters"] == {}
    with pytest.raises(ValidationError, match="Give a description or a category"):
        AnalyzeRequest().load({"filters": {"culture": "Japanese"}})


def test_a_config_and_a_prompt_together_are_a_request() -> None:
    prompt = {"name": "Dawn", "prompt": "a torii at dawn", "negativePrompt": "blur"}
    config = {"model": "anime", "width": 512, "height": 768, "steps": 20, "guidanceScale": 4.0,
              "scheduler": "dpm++", "seed": 7, "numImages": 2}  # fmt: skip

    loaded = GenerateRequest().load({**prompt, **config})

    assert loaded["name"] == "Dawn" and loaded["num_images"] == 2 and loaded["seed"] == 7


def test_the_default_variant_keeps_format_and_size() -> None:
    body = {"imageData": "QQ==", "variants": [{"name": "a"}]}
    (variant,) = DerivativesRequest().load(body)["variants"]

    assert variant == {"name": "a", "fit": "inside", "gravity": "center", "format": "original"}
    assert OptimizeRequest().load({"imageData": "QQ=="})["format"] == "original"
