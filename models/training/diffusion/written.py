"""Prompts as the service writes them: a wish for a scene, through classifier and starter LLM."""

from collections.abc import Callable

import numpy as np
from rich.progress import track

from app.blobs import FolderBlobs
from config.catalog import Catalog, load_catalog
from config.settings import Settings
from models.training import world
from models.training.diffusion.scene import SIZES, Scene, random_scene
from models.training.diffusion.words import some
from workers.gpu_llm.analyze import run_analyze
from workers.gpu_llm.culture.classifier import Classifier
from workers.gpu_llm.culture.knowledge import load_knowledge
from workers.gpu_llm.engine import TextEngine
from workers.gpu_llm.llama_engine import LlamaEngine
from workers.gpu_llm.tasks import analyze_options, llama_options
from workers.slot import EngineSlot
from workers.work import Work

Prompt = tuple[str, dict[str, str]]
_SUBJECTS = {subject.key: subject for subject in world.SUBJECTS}
_WISHES = ("{}", "{}", "{}, please", "I want {}", "a picture of {}", "show me {}")


def written_prompts(count: int, seed: int) -> list[Prompt]:
    """Prompts of `count` fresh scenes, each with a subject, and what their wishes said."""
    write = _writer(Settings(), load_catalog(Settings().models_file))
    rng = np.random.default_rng(seed)
    made: list[Prompt] = []
    for number in track(range(count), description="prompts"):
        scene = _scene_of(world.SUBJECT_KEYS[number % len(world.SUBJECT_KEYS)], rng)
        wish, said = _wish(scene, rng)
        payload = {
            "description": wish,
            "filters": {"style": scene.style},
            "count": 3,
            "seed": seed * 1000 + number,
        }
        prompts = write(payload)
        made.append((prompts[int(rng.integers(len(prompts)))], said))
    return made


def _scene_of(subject: str, rng: np.random.Generator) -> Scene:
    """A scene of this subject where it may stand."""
    while True:
        scene = random_scene(rng, size=SIZES[0], bare=0.0)
        if scene.subject == subject:
            return scene


def _wish(scene: Scene, rng: np.random.Generator) -> Prompt:
    """A scene as somebody would wish for it, and what that says."""
    said = {"subject": str(scene.subject), "style": scene.style, "time": scene.time}
    words = [some(rng, _SUBJECTS[str(scene.subject)].phrases)]
    if rng.random() < 0.5:
        said["place"] = scene.place
        words.append(some(rng, world.PLACES[scene.place]))
    words.append(some(rng, world.TIMES[scene.time]))
    if rng.random() < 0.15:
        words.append(some(rng, world.SEASONS[scene.season]))
    return some(rng, _WISHES).format(" ".join(words)), said


def _writer(settings: Settings, catalog: Catalog) -> Callable[[dict[str, object]], list[str]]:
    classifier = Classifier(load_knowledge(settings.culture_dir))
    options = analyze_options(catalog, settings)
    slot: EngineSlot[TextEngine] = EngineSlot(
        lambda entry: LlamaEngine(llama_options(catalog, settings, entry))
    )
    blobs = FolderBlobs(settings.blobs, settings.result_ttl)

    def write(payload: dict[str, object]) -> list[str]:
        work = Work("evaluation", payload, blobs, lambda stage, step, steps: None)
        outcome = run_analyze(work, classifier, slot, catalog, options)
        return [prompt["prompt"] for prompt in (outcome.result or {})["prompts"]]

    return write
