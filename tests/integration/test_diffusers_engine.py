"""The engine of diffusers on a tiny pipeline of random weights, through the real loaders."""

from __future__ import annotations

import json
import pickle
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from app.blobs.folder import FolderBlobs
from app.contracts.errors import (
    InternalError,
    InvalidRequest,
    JobCancelled,
    ModelUnavailable,
    OutOfMemory,
)
from app.contracts.jobs import StepOutcome
from config.catalog import Catalog
from tests.tiny_diffusion import write_tiny_flux, write_tiny_pipeline, write_tiny_sdxl
from workers.gpu_diffusion.diffusers_engine import DiffusersEngine
from workers.gpu_diffusion.engine import DeviceLost, ImageEngine, ModelSpec, Painted, Recipe
from workers.gpu_diffusion.pixels_engine import MOST_BYTES
from workers.gpu_diffusion.preview import Preview
from workers.gpu_diffusion.schedulers import SAMPLERS
from workers.gpu_diffusion.tasks import builder, run_generate, spec_of
from workers.slot import EngineSlot
from workers.work import Work

# torch tensors do not know the copy argument of numpy 2; diffusers' schedulers run into it.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy")

ROOT = Path(__file__).resolve().parent.parent.parent
RECIPE = Recipe(
    prompt="a red torii",
    negative_prompt="",
    width=64,
    height=48,
    steps=3,
    guidance_scale=4.0,
    scheduler="ddim",
    seed=7,
)
HUGE = replace(RECIPE, width=2**21, height=2**21, steps=1)
PARTS = ("unet", "vae", "text_encoder")


def ignore(step: int, steps: int) -> None:
    """A progress nobody looks at."""


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the tiny pipeline; tests that spoil it take a copy."""
    return write_tiny_pipeline(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="session")
def engine(tiny: Path) -> Iterator[DiffusersEngine]:
    """The tiny pipeline, loaded once on the CPU."""
    engine = loaded(tiny)
    yield engine
    engine.close()


@pytest.fixture
def spoiled(tiny: Path, tmp_path: Path) -> Path:
    """A copy of the folder that a test may damage."""
    return Path(shutil.copytree(tiny, tmp_path / "spoiled"))


def spec(folder: Path, **changes: Any) -> ModelSpec:
    """The folder as a catalogue entry with a relative source."""
    return replace(ModelSpec("tiny", folder.name, folder.parent), **changes)


def loaded(folder: Path, **changes: Any) -> DiffusersEngine:
    """An engine that has loaded the folder on the CPU."""
    engine = DiffusersEngine(spec(folder, **changes), device="cpu", threads=1)
    engine.load()
    return engine


def near(one: Painted, other: Painted) -> bool:
    """Whether two pictures are the same but for rounding."""
    return np.abs(one.rgb.astype(int) - other.rgb.astype(int)).max() <= 1


# --- painting


def test_a_picture_has_the_size_asked_for_and_is_no_flat_colour(engine):
    painted = engine.paint(RECIPE, 0, ignore)

    assert (painted.rgb.shape, painted.rgb.dtype) == ((48, 64, 3), np.uint8)
    assert painted.rgb.std() > 5
    assert painted.denoise_ms > 0 and painted.decode_ms > 0
    assert not painted.withheld


def test_a_picture_is_what_the_bare_pipeline_paints(engine):
    engine.paint(replace(RECIPE, scheduler="ddim"), 0, ignore)

    bare = engine.pipeline(
        RECIPE.prompt,
        width=64,
        height=48,
        num_inference_steps=3,
        guidance_scale=4.0,
        generator=torch.Generator("cpu").manual_seed(7),
    ).images[0]

    assert np.abs(np.asarray(bare).astype(int) - engine.paint(RECIPE, 0, ignore).rgb).max() <= 1


def test_the_same_seed_gives_the_same_picture_and_another_seed_another(engine):
    first, again = (engine.paint(RECIPE, 0, ignore) for _ in range(2))
    other = engine.paint(replace(RECIPE, seed=8), 0, ignore)

    assert np.array_equal(first.rgb, again.rgb)
    assert not near(first, other)


def test_picture_two_of_a_batch_is_the_single_one_with_its_seed(engine):
    of_batch = engine.paint(replace(RECIPE, num_images=3), 2, ignore)
    single = engine.paint(replace(RECIPE, seed=9), 0, ignore)

    assert near(of_batch, single)


def test_the_negative_prompt_and_the_guidance_change_the_picture(engine):
    plain = engine.paint(RECIPE, 0, ignore)

    assert not near(plain, engine.paint(replace(RECIPE, negative_prompt="fog"), 0, ignore))
    assert not near(plain, engine.paint(replace(RECIPE, guidance_scale=9.0), 0, ignore))


@pytest.mark.parametrize("name", ["default", *(n for n, s in SAMPLERS.items() if not s.flow)])
def test_every_sampler_paints_and_counts_its_steps_to_the_end(engine, name):
    seen: list[tuple[int, int]] = []
    recipe = replace(RECIPE, scheduler=name, steps=6)

    painted = engine.paint(recipe, 0, lambda step, steps: seen.append((step, steps)))

    assert painted.rgb.std() > 5
    assert [step for step, _ in seen] == list(range(1, len(seen) + 1))
    assert seen[-1][0] == seen[-1][1] >= 6


def test_default_paints_with_the_scheduler_of_the_folder_after_any_other(engine):
    ddim = engine.paint(RECIPE, 0, ignore)
    other = engine.paint(replace(RECIPE, scheduler="euler-a"), 0, ignore)

    assert np.array_equal(
        engine.paint(replace(RECIPE, scheduler="default"), 0, ignore).rgb, ddim.rgb
    )
    assert not near(ddim, other)


def test_a_sampler_for_flow_matching_is_refused_for_a_model_without(engine):
    with pytest.raises(InvalidRequest):
        engine.paint(replace(RECIPE, scheduler="flow-euler"), 0, ignore)


@pytest.mark.parametrize(
    ("write", "fitting", "other"),
    [(write_tiny_sdxl, "euler-a", "flow-euler"), (write_tiny_flux, "flow-euler", "dpm++")],
)
def test_other_families_paint_through_the_same_engine(tmp_path, write, fitting, other):
    engine = loaded(write(tmp_path / "model"))

    recipe = replace(RECIPE, scheduler="default", negative_prompt="fog")
    own = engine.paint(recipe, 0, ignore)
    chosen = engine.paint(replace(recipe, scheduler=fitting), 0, ignore)

    assert own.rgb.shape == chosen.rgb.shape == (48, 64, 3)
    assert min(own.rgb.std(), chosen.rgb.std()) > 5
    with pytest.raises(InvalidRequest):
        engine.paint(replace(recipe, scheduler=other), 0, ignore)


def test_with_a_native_size_the_picture_is_painted_there_and_scaled(tiny):
    engine = loaded(tiny, native=32)

    painted = engine.paint(replace(RECIPE, width=128, height=64), 0, ignore)

    assert painted.rgb.shape == (64, 128, 3)
    # Scaled up three to four times, neighbours are alike; random weights at full size are not.
    steps = np.abs(np.diff(painted.rgb.astype(int), axis=1)).mean()
    full = loaded(tiny).paint(replace(RECIPE, width=128, height=64), 0, ignore)
    assert steps < 0.5 * np.abs(np.diff(full.rgb.astype(int), axis=1)).mean()


def test_tiles_are_used_where_asked_and_not_afterwards(engine):
    whole = engine.paint(RECIPE, 0, ignore)

    engine.paint(replace(RECIPE, tiled=True), 0, ignore)
    tiled = engine.pipeline.vae.use_tiling
    again = engine.paint(RECIPE, 0, ignore)

    assert tiled and not engine.pipeline.vae.use_tiling
    assert np.array_equal(whole.rgb, again.rgb)


def test_a_cancel_stops_within_the_step_and_the_engine_paints_on(engine):
    expected = engine.paint(RECIPE, 0, ignore)
    seen: list[int] = []

    def cancel(step: int, steps: int) -> None:
        seen.append(step)
        if step == 2:
            raise JobCancelled("The job was cancelled.")

    with pytest.raises(JobCancelled):
        engine.paint(replace(RECIPE, steps=20), 0, cancel)

    assert seen == [1, 2]
    assert np.array_equal(engine.paint(RECIPE, 0, ignore).rgb, expected.rgb)


# --- previews


@pytest.mark.parametrize("write", [write_tiny_pipeline, write_tiny_sdxl, write_tiny_flux])
def test_any_family_shows_what_it_paints(write, tmp_path):
    engine = loaded(write(tmp_path / "model"))
    looks: list[Preview | None] = []
    recipe = replace(RECIPE, scheduler="default", steps=2)

    engine.paint(recipe, 0, ignore, lambda step, steps, look: looks.append(look()))

    assert len(looks) == 2
    for preview in looks:
        assert preview is not None
        assert (preview.width, preview.height) == (128, 96)
        assert 0 < len(preview.data) <= MOST_BYTES


def test_previews_change_nothing_in_the_picture(engine):
    plain = engine.paint(RECIPE, 0, ignore)
    watched = engine.paint(RECIPE, 0, ignore, lambda step, steps, look: look())

    assert np.array_equal(plain.rgb, watched.rgb)


# --- what goes wrong


def test_a_picture_that_does_not_fit_is_out_of_memory_and_the_engine_paints_on(engine):
    expected = engine.paint(RECIPE, 0, ignore)

    with pytest.raises(OutOfMemory) as caught:
        engine.paint(HUGE, 0, ignore)

    assert set(caught.value.details) == {"requested", "available"}
    assert caught.value.details["requested"].endswith("TB")
    assert np.array_equal(engine.paint(RECIPE, 0, ignore).rgb, expected.rgb)


def test_a_limit_on_the_process_is_out_of_memory_and_the_engine_paints_on(tiny):
    code = f"""
import resource
from dataclasses import replace
from pathlib import Path
from app.contracts.errors import OutOfMemory
from tests.integration.test_diffusers_engine import RECIPE, ignore, loaded
engine = loaded(Path({str(tiny)!r}))
first = engine.paint(RECIPE, 0, ignore)
used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 2**26, used + 2**26))
try:
    engine.paint(replace(RECIPE, width=1024, height=1024, steps=1), 0, ignore)
except OutOfMemory as error:
    print(error.details["requested"], error.details["available"])
print(bool((engine.paint(RECIPE, 0, ignore).rgb == first.rgb).all()))
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    sizes, same = done.stdout.strip().split("\n")
    assert all(size.endswith(("MB", "GB")) for size in sizes.split())
    assert same == "True"


def test_numbers_that_are_no_picture_are_an_error_and_no_black_square(spoiled):
    engine = loaded(spoiled)
    with torch.no_grad():
        engine.pipeline.vae.decoder.conv_out.bias.fill_(float("nan"))

    with pytest.raises(InternalError):
        engine.paint(RECIPE, 0, ignore)


def test_an_accelerator_that_broke_down_ends_the_process(engine):
    def break_down(step: int, steps: int) -> None:
        raise torch.AcceleratorError("CUDA error: device-side assert triggered")

    with pytest.raises(DeviceLost) as caught:
        engine.paint(RECIPE, 0, break_down)

    assert caught.value.code == 1


# --- loading


def test_a_missing_folder_names_itself_and_the_command_that_gets_it(tmp_path):
    missing = ModelSpec("starter", "models/starter/diffusion", tmp_path)

    with pytest.raises(ModelUnavailable) as caught:
        DiffusersEngine(missing, "cpu").load()

    details = caught.value.details
    assert details["model"] == "starter"
    assert "models/starter/diffusion" in details["hint"]
    assert "make train-diffusion" in details["hint"]
    assert str(tmp_path) not in details["hint"] + caught.value.message


def test_a_hub_id_is_never_downloaded_and_its_command_is_named(tmp_path):
    absent = ModelSpec(
        "sdxl", "nobody-at-all/no-such-pipeline", tmp_path, revision="1a2b", variant="fp16"
    )

    with pytest.raises(ModelUnavailable) as caught:
        DiffusersEngine(absent, "cpu").load()

    hint = caught.value.details["hint"]
    assert "hf download nobody-at-all/no-such-pipeline --revision 1a2b" in hint
    assert '"*.fp16*.safetensors"' in hint
    assert hint.endswith("--local-dir models/sdxl")


def test_a_hub_id_is_loaded_from_the_folder_that_its_command_fills(tiny, tmp_path):
    shutil.copytree(tiny, tmp_path / "models" / "sdxl")
    engine = DiffusersEngine(ModelSpec("sdxl", "nobody/pipeline", tmp_path), "cpu")

    engine.load()

    assert engine.paint(RECIPE, 0, ignore).rgb.std() > 5


@pytest.mark.parametrize(
    "component",
    [
        ["shady_library", "Loader"],
        ["os", "system"],
        ["torch", "load"],
        ["a", "b", "c"],
        [["os"], "x"],
    ],
)
def test_a_foreign_library_in_the_index_is_refused_before_it_is_imported(
    spoiled, component, monkeypatch
):
    (spoiled.parent / "shady_library.py").write_text("import pathlib; pathlib.Path('ran').touch()")
    monkeypatch.syspath_prepend(str(spoiled.parent))
    monkeypatch.chdir(spoiled.parent)
    index = json.loads((spoiled / "model_index.json").read_text())
    index["scheduler"] = component
    (spoiled / "model_index.json").write_text(json.dumps(index))

    with pytest.raises(ModelUnavailable) as caught:
        loaded(spoiled)

    assert "scheduler" in caught.value.details["hint"]
    assert not (spoiled.parent / "ran").exists()


def test_a_pipeline_class_from_a_file_of_the_folder_is_refused(spoiled):
    index = json.loads((spoiled / "model_index.json").read_text())
    index["_class_name"] = ["pipeline", "Own"]
    (spoiled / "model_index.json").write_text(json.dumps(index))

    with pytest.raises(ModelUnavailable):
        loaded(spoiled)


class Toucher:
    """Touches a file when its pickle is read."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> Any:
        return (Path.touch, (self._path,))


def test_the_pickle_of_these_tests_does_run_code_when_it_is_read(tmp_path):
    pickle.loads(pickle.dumps(Toucher(tmp_path / "ran")))  # noqa: S301 - made in this line

    assert (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("part", "name"),
    [
        ("unet", "diffusion_pytorch_model.bin"),
        ("text_encoder", "pytorch_model.bin"),
        ("vae", "model.ckpt"),
        ("vae", "diffusion_pytorch_model.pt"),
    ],
)
def test_a_pickle_in_the_place_of_safetensors_is_refused_unread(spoiled, tmp_path, part, name):
    for weights in (spoiled / part).glob("*.safetensors"):
        weights.unlink()
    (spoiled / part / name).write_bytes(pickle.dumps(Toucher(tmp_path / "ran")))

    with pytest.raises(ModelUnavailable) as caught:
        loaded(spoiled)

    assert f"{part}/{name}" in caught.value.details["hint"]
    assert not (tmp_path / "ran").exists()


def test_a_pickle_named_in_a_safetensors_index_is_refused_unread(spoiled, tmp_path):
    weights = spoiled / "unet" / "diffusion_pytorch_model.safetensors"
    weights.rename(weights.with_name("part.safetensors"))
    (spoiled / "unet" / "part.bin").write_bytes(pickle.dumps(Toucher(tmp_path / "ran")))
    index = {"metadata": {}, "weight_map": {"conv_in.weight": "part.bin"}}
    weights.with_name(weights.name + ".index.json").write_text(json.dumps(index))

    with pytest.raises(ModelUnavailable) as caught:
        loaded(spoiled)

    assert "index.json" in caught.value.details["hint"]
    assert not (tmp_path / "ran").exists()


def test_a_pickle_beside_safetensors_is_left_alone(spoiled, tmp_path):
    toucher = pickle.dumps(Toucher(tmp_path / "ran"))
    (spoiled / "unet" / "diffusion_pytorch_model.bin").write_bytes(toucher)

    engine = loaded(spoiled)

    assert engine.paint(RECIPE, 0, ignore).rgb.std() > 5
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("part", "damage"),
    [
        *((part, damage) for part in PARTS for damage in ("cut", "noise", "empty", "gone")),
        ("unet", "lacking"),
        ("vae", "lacking"),
    ],
)
def test_damaged_weights_are_unavailable_and_never_painted_with(spoiled, part, damage):
    (weights,) = (spoiled / part).glob("*.safetensors")
    _spoil(weights, damage)

    with pytest.raises(ModelUnavailable) as caught:
        loaded(spoiled)

    assert caught.value.details["model"] == "tiny"
    assert str(spoiled.parent) not in json.dumps(caught.value.as_json())


def _spoil(weights: Path, damage: str) -> None:
    from safetensors.torch import load_file, save_file

    content = weights.read_bytes()
    if damage == "cut":
        weights.write_bytes(content[: len(content) // 2])
    elif damage == "noise":
        weights.write_bytes(b"\xff" * 64 + content[64:])
    elif damage == "empty":
        weights.write_bytes(b"")
    elif damage == "gone":
        weights.unlink()
    else:
        tensors = load_file(weights)
        tensors.pop(sorted(tensors)[0])
        save_file(tensors, weights, {"format": "pt"})


@pytest.mark.parametrize("text", ["", "[]", "{", '{"_class_name": "NoSuchPipeline"}'])
def test_a_broken_index_is_unavailable(spoiled, text):
    (spoiled / "model_index.json").write_text(text)

    with pytest.raises(ModelUnavailable):
        loaded(spoiled)


def test_half_precision_is_loaded_in_full_on_a_cpu(tiny):
    engine = loaded(tiny, dtype="float16")

    assert engine.pipeline.unet.dtype == torch.float32


def test_the_revision_is_a_fingerprint_of_the_weights_unless_one_is_configured(tiny, spoiled):
    weights = spoiled / "unet" / "diffusion_pytorch_model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)

    assert loaded(tiny).revision == loaded(tiny).revision != loaded(spoiled).revision
    assert loaded(tiny, revision="v1").revision == "v1"


# --- the step of a job

RECIPE_JSON = {
    "prompt": "a red torii",
    "negative_prompt": "",
    "model": "anime",
    "entry": "tiny",
    "style": "anime",
    "width": 64,
    "height": 64,
    "steps": 3,
    "guidance_scale": 4.0,
    "scheduler": "dpm++",
    "seed": 2**32 - 1,
    "num_images": 2,
}


@pytest.fixture
def catalog(tiny: Path) -> Catalog:
    """A catalogue with the tiny pipeline and one that is not there."""
    entry = {
        "source": tiny.name,
        "licence": "none",
        "styles": ["anime"],
        "style_prompts": {"anime": "an anime illustration of"},
        "min_side": 16,
    }
    return Catalog.model_validate(
        {
            "image_models": {"tiny": entry, "absent": {**entry, "source": "absent"}},
            "text_models": {},
            "aliases": {"anime": "tiny"},
            "text_model": "none",
        }
    )


@pytest.fixture
def slot(catalog: Catalog, tiny: Path) -> Iterator[EngineSlot[ImageEngine]]:
    """A slot that builds its engines as the worker does."""
    slot = EngineSlot(builder(catalog, tiny.parent, "cpu", 1))
    yield slot
    slot.clear()


class Desk:
    """Runs a step on a payload with a real blob store, and keeps its reports."""

    def __init__(self, folder: Path) -> None:
        self.blobs = FolderBlobs(folder, 3600)
        self.reports: list[tuple[str, int, int]] = []

    def run(
        self, slot: EngineSlot[ImageEngine], catalog: Catalog, more: Any = None, **recipe: Any
    ) -> StepOutcome:
        payload = {"recipe": RECIPE_JSON | recipe, "options": {"format": "png"}, **(more or {})}
        work = Work("job-1", payload, self.blobs, self._report)
        return run_generate(work, slot, catalog)

    def _report(self, stage: str, step: int, steps: int) -> None:
        self.reports.append((stage, step, steps))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A fresh desk."""
    return Desk(tmp_path / "blobs")


def test_a_job_hands_its_pictures_on_as_blobs_with_all_that_made_them(desk, slot, catalog):
    outcome = desk.run(slot, catalog)

    assert outcome.next_step == "finish" and outcome.result is None
    payload = json.loads(json.dumps(outcome.next_payload))
    assert [image["seed"] for image in payload["images"]] == [2**32 - 1, 0]
    assert payload["recipe"] == RECIPE_JSON | {
        "revision": slot.get("tiny").revision,
        "engine_prompt": "an anime illustration of a red torii",
    }
    assert payload["options"] == {"format": "png"} and payload["adjustments"] == []
    assert set(payload["timings"]) == {"load", "denoise", "decode"}
    assert min(payload["timings"].values()) > 0


def test_a_stored_picture_is_a_ppm_of_the_painted_bytes(desk, slot, catalog):
    from app.contracts.blobs import BlobRef

    outcome = desk.run(slot, catalog, num_images=1, seed=5)

    ref = BlobRef.from_json(outcome.next_payload["images"][0]["blob"])
    recipe = Recipe.from_payload(RECIPE_JSON | {"seed": 5}, "an anime illustration of a red torii")
    expected = slot.get("tiny").paint(recipe, 0, ignore).rgb
    assert ref.media_type == "image/x-portable-pixmap"
    assert desk.blobs.get(ref) == b"P6\n64 64\n255\n" + expected.tobytes()


def test_progress_runs_over_all_pictures_and_never_back(desk, slot, catalog):
    desk.run(slot, catalog)
    first, desk.reports = desk.reports, []
    desk.run(slot, catalog)

    assert first[:2] == [("load", 0, 1), ("load", 1, 1)]
    assert desk.reports == [
        *(("denoise", step, 6) for step in range(7)),
        ("decode", 0, 1),
        ("decode", 1, 1),
    ]


def test_a_sampler_with_more_calls_than_steps_reports_no_more_than_all(desk, slot, catalog):
    desk.run(slot, catalog, scheduler="heun")

    denoise = [step for stage, step, _ in desk.reports if stage == "denoise"]
    assert denoise == sorted(denoise) and denoise[-1] == 6


def test_a_lack_of_memory_stays_the_clients_where_no_downgrade_is_allowed(desk, slot, catalog):
    with pytest.raises(OutOfMemory) as caught:
        desk.run(slot, catalog, width=HUGE.width, height=HUGE.height, steps=1)

    assert "adjustments" not in caught.value.details
    assert desk.run(slot, catalog).next_step == "finish"


def test_a_downgrade_that_does_not_help_tells_what_was_tried(desk, slot, catalog):
    with pytest.raises(OutOfMemory) as caught:
        more = {"allow_downgrade": True}
        desk.run(slot, catalog, more, width=HUGE.width, height=HUGE.height, steps=1)

    tried = caught.value.details["adjustments"]
    assert [change["what"] for change in tried] == ["decoding", "size"]
    assert tried[1]["to"] == "1572864x1572864"


def test_an_entry_without_weights_is_unavailable_and_the_next_job_runs(desk, slot, catalog):
    with pytest.raises(ModelUnavailable):
        desk.run(slot, catalog, entry="absent")

    assert desk.run(slot, catalog).next_step == "finish"


def test_an_entry_that_the_worker_does_not_know_is_unavailable(desk, slot, catalog, tmp_path):
    with pytest.raises(ModelUnavailable) as caught:
        desk.run(slot, catalog, entry="new")

    assert caught.value.details["model"] == "new"
    with pytest.raises(ModelUnavailable):
        spec_of(catalog, "new", tmp_path)
