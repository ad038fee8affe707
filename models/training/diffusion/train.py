"""Trains the starter diffusion model, all stages: `python -m models.training.diffusion.train`."""

import argparse
from dataclasses import dataclass
from pathlib import Path

import torch
from diffusers import StableDiffusionPipeline, UNet2DConditionModel
from transformers import CLIPTextModel, CLIPTokenizer

from models.training.diffusion.components import components_of
from models.training.diffusion.export import STARTER, build_pipeline, export
from models.training.diffusion.judge import JUDGE, save_judge, train_judge
from models.training.diffusion.latents import load_shelves, write_chunks
from models.training.diffusion.matched import Repainter, train_matched
from models.training.diffusion.progress import Budget
from models.training.diffusion.text import build_tokenizer, train_text
from models.training.diffusion.unet import Feed, train_unet
from models.training.diffusion.vae import train_decoder

CACHE = Path(__file__).resolve().parents[1] / ".cache" / "diffusion"
# How a budget is shared out; rendering the set takes a few minutes beside these.
SHARES = {"text": 0.05, "judge": 0.03, "decoder": 0.3, "unet": 0.5, "matched": 0.12}


@dataclass(frozen=True)
class Start:
    """Where words and UNet begin: fresh, or as an exported pipeline has them."""

    tokenizer: CLIPTokenizer
    encoder: CLIPTextModel
    unet: UNet2DConditionModel | None


def tokenizer_in(folder: Path, seed: int) -> CLIPTokenizer:
    """The tokenizer kept in the cache, learned first where there is none."""
    place = folder / "tokenizer"
    if not place.exists():
        build_tokenizer(seed).save_pretrained(place)
    return CLIPTokenizer.from_pretrained(place)


def start_fresh(cache: Path, minutes: float, seed: int) -> Start:
    """The tokenizer and the text model of this training, trained first where they are not."""
    tokenizer = tokenizer_in(cache, seed)
    return Start(tokenizer, train_text(cache, tokenizer, Budget(minutes), seed).encoder, None)


def start_from(folder: Path) -> Start:
    """The words of an exported pipeline, and its UNet to go on with."""
    made = StableDiffusionPipeline.from_pretrained(
        folder, use_safetensors=True, dtype=torch.float32
    )
    return Start(made.tokenizer, made.text_encoder, made.unet.train())


def train(
    cache: Path, minutes: dict[str, float], chunks: int, seed: int, out: Path, known: Path | None
) -> None:
    """Run every stage from where its checkpoint stands, then export."""
    cache.mkdir(parents=True, exist_ok=True)
    start = start_from(known) if known else start_fresh(cache, minutes["text"], seed)
    write_chunks(cache / "latents", seed, chunks)
    shelves = load_shelves(cache / "latents")
    components = components_of(next(iter(shelves.values())).means)
    save_judge(train_judge(cache, shelves, Budget(minutes["judge"]), seed), JUDGE)
    decoder = train_decoder(cache, components, Budget(minutes["decoder"]), seed)
    feed = Feed(components, shelves, start.tokenizer, start.encoder)
    unet = train_unet(cache, feed, Budget(minutes["unet"]), seed, start.unet)
    repainter = Repainter(unet, start.tokenizer, start.encoder, feed.scale)
    vae = train_matched(cache, decoder, repainter, components, Budget(minutes["matched"]), seed)
    vae.register_to_config(scaling_factor=feed.scale)
    size = export(build_pipeline(vae, start.encoder, start.tokenizer, unet), out)
    print(f"{size / 1e6:.1f} MB written")


def main() -> None:
    """Read the arguments and train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=180, help="budget of all stages together")
    for name in SHARES:
        parser.add_argument(f"--{name}-minutes", type=float, help="budget of this stage instead")
    parser.add_argument("--chunks", type=int, default=44, help="chunks of 256 rendered scenes")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--cache", type=Path, default=CACHE, help="where checkpoints lie")
    parser.add_argument("--out", type=Path, default=STARTER, help="where the pipeline goes")
    parser.add_argument(
        "--resume", action="store_true", help="go on from the checkpoints in --cache"
    )
    parser.add_argument(
        "--start-from", type=Path, help="an exported pipeline whose words and UNet to go on with"
    )
    given = parser.parse_args()
    if given.cache.exists() and not given.resume:
        parser.error(f"{given.cache} holds an earlier training: --resume, or remove it")
    torch.set_num_threads(given.threads)
    minutes = {}
    for name, share in SHARES.items():
        own = getattr(given, f"{name}_minutes")
        minutes[name] = given.minutes * share if own is None else own
    train(given.cache, minutes, given.chunks, given.seed, given.out, given.start_from)


if __name__ == "__main__":
    main()
