"""The whole flow as a client walks it: wish, prompts, job, polls, picture, variants."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import Any

import pytest
import yaml
from PIL import Image

from tests.harness.client import Api
from tests.harness.images import as_bytes, as_picture
from tests.harness.programs import ROOT
from tests.harness.stack import Stack

WISHES: dict[str, dict[str, Any]] = {
    "japanese": {
        "description": "a torii gate by a lake in Kyoto at night",
        "filters": {"style": "photorealistic", "aspectRatio": "3:2"},
        "count": 3,
        "seed": 21,
    },
    "egyptian": {
        "description": "A sailboat on the Nile before the pyramids of Giza",
        "filters": {"style": "anime"},
        "count": 2,
        "seed": 22,
    },
    "greek": {
        "category": "postcard",
        "description": "a white house above the sea on Santorini",
        "count": 1,
        "seed": 23,
    },
}


@dataclass(frozen=True)
class Walk:
    """What one walk through the service gave, stage by stage."""

    culture: str
    wish: dict[str, Any]
    analysis: dict[str, Any]
    job_id: str
    polls: list[dict[str, Any]]
    picture: dict[str, Any]
    derivatives: dict[str, Any]


def walk(api: Api, culture: str) -> Walk:
    """Every step of the sequence, each fed with nothing but the answer before."""
    wish = WISHES[culture]
    analysis = api.post("/analyze-context", wish)
    assert analysis.status_code == 200, analysis.text
    chosen = analysis.json()["prompts"][0] | analysis.json()["config"] | {"numImages": 1}
    accepted = api.post("/generate/async", chosen)
    assert accepted.status_code == 202, accepted.text
    polls = polled(api, accepted.json()["links"]["self"])
    result = api.get(accepted.json()["links"]["result"])
    assert result.status_code == 200, result.text
    variants = [
        {"name": "card", "width": 300, "height": 200, "fit": "cover", "format": "jpeg"},
        {"name": "small", "width": 128, "format": "webp", "quality": 60},
        {"name": "tiny", "width": 64, "height": 64, "fit": "cover", "format": "png"},
    ]
    body = {"imageData": result.json()["imageData"], "variants": variants}
    derivatives = api.post("/derivatives", body)
    assert derivatives.status_code == 200, derivatives.text
    return Walk(
        culture,
        wish,
        analysis.json(),
        accepted.json()["jobId"],
        polls,
        result.json(),
        derivatives.json(),
    )


def polled(api: Api, link: str) -> list[dict[str, Any]]:
    """Every poll until the job has ended."""
    seen: list[dict[str, Any]] = []
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        seen.append(api.get(link).json())
        if seen[-1]["status"] not in ("queued", "processing"):
            return seen
        time.sleep(0.05)
    raise AssertionError(f"no end in sight: {seen[-1]}")


@pytest.fixture(scope="module", params=WISHES)
def walked(service: Stack, request: pytest.FixtureRequest) -> Walk:
    """A walk for each culture."""
    return walk(service.api, request.param)


def test_the_culture_is_found_and_the_evidence_stands_in_the_wish(walked: Walk) -> None:
    found = walked.analysis["classification"]
    knowledge = known(walked.culture)

    assert (found["culture"], found["region"]) == (knowledge["name"], knowledge["region"])
    assert found["confidence"] > 0.5
    assert found["evidence"]
    for evidence in found["evidence"]:
        start, end = evidence["span"]
        assert walked.wish["description"][start:end] == evidence["text"]
        assert end > start and evidence["weight"] > 0


def test_the_prompts_hold_the_wish_and_the_culture(walked: Walk) -> None:
    prompts = walked.analysis["prompts"]
    subject = walked.wish["description"].split(" in ")[0].split(" on ")[0].lower()

    assert len(prompts) == walked.wish["count"]
    assert len({prompt["prompt"] for prompt in prompts}) == len(prompts)
    assert all(subject in prompt["prompt"].lower() for prompt in prompts)
    assert all(prompt["name"] and prompt["negativePrompt"] for prompt in prompts)
    with_motif = [prompt for prompt in prompts if has_motif(prompt["prompt"], walked.culture)]
    assert len(with_motif) >= max(1, len(prompts) - 1)
    assert walked.analysis["source"] == "llm"
    assert walked.analysis["model"] == "starter-llm"


def test_the_config_is_what_was_wished(walked: Walk) -> None:
    config = walked.analysis["config"]
    filters = walked.wish.get("filters", {})

    assert config["model"] == filters.get("style", "photorealistic")
    assert config["seed"] == walked.wish["seed"]
    ratio = config["width"] / config["height"]
    if filters.get("aspectRatio"):
        assert filters["aspectRatio"] == "3:2" and ratio == pytest.approx(1.5, rel=0.1)
    assert 9 / 16 - 0.1 < ratio < 16 / 9 + 0.1  # else the subject chooses the shape
    assert config["steps"] >= 1 and config["guidanceScale"] > 0


def test_the_job_is_seen_on_its_way(walked: Walk) -> None:
    states = [poll["status"] for poll in walked.polls]

    assert "processing" in states
    assert states[-1] == "succeeded"
    order = {"queued": 0, "processing": 1, "succeeded": 2}
    assert [order[state] for state in states] == sorted(order[state] for state in states)
    last = walked.polls[-1]
    assert last["createdAt"] <= last["startedAt"] <= last["finishedAt"]
    assert last["attempts"] >= 1


def test_the_picture_is_what_the_config_says(walked: Walk) -> None:
    picture, config = as_picture(walked.picture["imageData"]), walked.analysis["config"]

    assert picture.size == (config["width"], config["height"])
    assert picture.format == "PNG" and walked.picture["format"] == "png"
    assert walked.picture["seed"] == config["seed"]
    assert walked.picture["recipe"]["prompt"] == walked.analysis["prompts"][0]["prompt"]
    low, high = picture.convert("L").getextrema()
    assert high - low > 60  # something is painted


def test_the_variants_are_what_was_asked(walked: Walk) -> None:
    variants = {variant["name"]: variant for variant in walked.derivatives["variants"]}
    pictures = {name: as_picture(one["imageData"]) for name, one in variants.items()}
    whole = as_picture(walked.picture["imageData"])

    assert pictures["card"].size == (300, 200) and pictures["card"].format == "JPEG"
    assert pictures["tiny"].size == (64, 64) and pictures["tiny"].format == "PNG"
    expected = round(128 * whole.height / whole.width)
    assert abs(pictures["small"].height - expected) <= 1 and pictures["small"].format == "WEBP"
    for name, picture in pictures.items():
        assert not picture.getexif() and "exif" not in picture.info
        assert variants[name]["bytes"] == len(as_bytes(variants[name]["imageData"]))
        assert closeness(whole, picture, crop=name != "small") < 25
    assert walked.derivatives["source"]["width"] == whole.width


def test_the_derivatives_can_be_made_from_the_job_alone(api: Api, walked: Walk) -> None:
    body = {
        "sourceJob": {"jobId": walked.job_id, "index": 0},
        "variants": [{"name": "tiny", "width": 64, "height": 64, "fit": "cover", "format": "png"}],
    }
    (variant,) = api.run("/derivatives", body)["variants"]

    by_value = [one for one in walked.derivatives["variants"] if one["name"] == "tiny"]
    assert variant["imageData"] == by_value[0]["imageData"]


def closeness(whole: Image.Image, variant: Image.Image, crop: bool) -> float:
    """How far a variant's colours are from the picture it was made of, 0 to 255."""
    source = whole.convert("RGB")
    if crop:
        side = min(source.width, source.height * variant.width / variant.height)
        height = side * variant.height / variant.width
        left, top = (source.width - side) / 2, (source.height - height) / 2
        source = source.crop((int(left), int(top), int(left + side), int(top + height)))
    small = source.resize((8, 8), Image.Resampling.BOX).get_flattened_data()
    other = variant.convert("RGB").resize((8, 8), Image.Resampling.BOX).get_flattened_data()
    differences = [abs(a - b) for one, two in zip(small, other, strict=True)
                   for a, b in zip(one, two, strict=True)]  # fmt: skip
    return max(differences)


def known(culture: str) -> dict[str, Any]:
    """What the knowledge base has of a culture."""
    file = ROOT / "config" / "culture" / f"{culture}.yaml"
    found: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return found


def has_motif(prompt: str, culture: str) -> bool:
    """Whether the prompt holds one of the culture's motifs, whatever article it has."""
    motifs = [re.sub(r"^(a|an|the) ", "", motif.lower()) for motif in known(culture)["motifs"]]
    return any(motif in prompt.lower() for motif in motifs)
