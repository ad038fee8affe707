"""The derivative presets."""

from __future__ import annotations

import pytest

from app.contracts.schemas.derivatives import DerivativesRequest, Variant
from config.presets import PresetError, load_presets
from config.settings import Settings
from tests import pictures
from workers.cpu_processing.decode import Limits
from workers.cpu_processing.pipeline import derive

SHIPPED = load_presets(Settings().presets_file)


def test_the_presets_promised_are_there():
    assert {"web", "social", "thumbnail", "print"} <= set(SHIPPED)


@pytest.mark.parametrize("name", SHIPPED)
def test_each_variant_is_one_that_a_client_could_send(name):
    variants = [dict(variant) for variant in SHIPPED[name].variants]

    request = DerivativesRequest().load({"imageData": "AA==", "variants": variants})

    assert len(request["variants"]) == len(variants)
    assert SHIPPED[name].description.endswith(".")


@pytest.mark.parametrize("name", ["web", "social", "thumbnail", "modern"])
def test_each_preset_makes_its_pictures(name):
    variants = Variant(many=True).load(list(SHIPPED[name].variants))
    data = pictures.file(pictures.photo(1700, 1200), "JPEG", quality=90)

    made = derive(data, {"variants": variants}, Limits(), lambda *_: None, lambda ref: b"")

    for variant, spec in zip(made.variants, variants, strict=True):
        assert variant.width == spec["width"]
        assert pictures.opened(variant.file.data).size == (variant.width, variant.height)
        assert variant.height == spec.get("height", variant.height)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("- web", "by name"),
        ("web: {variants: [{name: a}]}", "web.description"),
        ("web: {description: x, variants: []}", "web.variants"),
        ("web: {description: x, variants: [{name: a}], more: 1}", "web.more"),
        ("web: [", "presets.yaml"),
    ],
)
def test_a_bad_file_is_refused_with_the_field(tmp_path, text, words):
    path = tmp_path / "presets.yaml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(PresetError, match=words):
        load_presets(path)
