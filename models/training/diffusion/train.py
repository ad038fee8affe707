"""Trains the starter diffusion model, all stages: `python -m models.training.diffusion.train`."""

import argparse
from pathlib import Path

import torch
from transformers import CLIPTokenizer

from models.training.diffusion.export import STARTER, build_pipeline, export
from models.training.diffusion.judge import JUDGE, save_judge, train_judge
from models.training.diffusion.latents import Shelf, load_shelves, write_chunks
from models.training.diffusion.progress import Budget
from models.training.diffusion.text import build_tokenizer, train_text
from models.training.diffusion.unet import Feed, train_unet
from models.training.diffusion.vae import train_vae

CACHE = Path(__file__).resolve().parents[1] / ".cache" / "diffusion"
# How a budget is shared out; rendering the set takes a few minutes beside these.
SHARES = {"text": 0.06, "judge": 0.04, "unet": 0.72, "vae": 0.18}


def tokenizer_in(folder: Path, seed: int) -> CLIPTokenizer:
    """The tokenizer kept in the cache, learned first where there is none."""
    place = folder / "tokenizer"
    if not place.exists():
        build_tokenizer(seed).save_pretrained(place)
    return CLIPTokenizer.from_pretrained(place)


def scale_of(shelves: dict[tuple[int, int], Shelf]) -> float:
    """What brings the latents to unit variance."""
    some = torch.cat([shelf.latents[:64].float().flatten() for shelf in shelves.values()])
    return round(1 / float(some.std()), 4)


def train(cache: Path, minutes: dict[str, float], chunks: int, seed: int, out: Path) -> None:
    """Run every stage from where its checkpoint stands, then export."""
    cache.mkdir(parents=True, exist_ok=True)
    tokenizer = tokenizer_in(cache, seed)
    reader = train_text(cache, tokenizer, Budget(minutes["text"]), seed)
    write_chunks(cache / "latents", seed, chunks)
    shelves = load_shelves(cache / "latents")
    save_judge(train_judge(cache, shelves, Budget(minutes["judge"]), seed), JUDGE)
    scale = scale_of(shelves)
    feed = Feed(shelves, tokenizer, reader.encoder)
    unet = train_unet(cache, feed, scale, Budget(minutes["unet"]), seed)
    vae = train_vae(cache, Budget(minutes["vae"]), seed)
    vae.register_to_config(scaling_factor=scale)
    size = export(build_pipeline(vae, reader.encoder, tokenizer, unet), out)
    print(f"{size / 1e6:.1f} MB written")


def main() -> None:
    """Read the arguments and train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=110, help="budget of all stages together")
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
    given = parser.parse_args()
    if given.cache.exists() and not given.resume:
        parser.error(f"{given.cache} holds an earlier training: --resume, or remove it")
    torch.set_num_threads(given.threads)
    minutes = {}
    for name, share in SHARES.items():
        own = getattr(given, f"{name}_minutes")
        minutes[name] = given.minutes * share if own is None else own
    train(given.cache, minutes, given.chunks, given.seed, given.out)


if __name__ == "__main__":
    main()
