"""Trains the starter diffusion model, all stages: `python -m models.training.diffusion.train`."""

import argparse
from pathlib import Path

import torch
from transformers import CLIPTokenizer

from models.training.diffusion.export import STARTER, build_pipeline, export
from models.training.diffusion.judge import JUDGE, save_judge, train_judge
from models.training.diffusion.latents import load_shelves, write_chunks
from models.training.diffusion.progress import Budget
from models.training.diffusion.text import build_tokenizer, train_text
from models.training.diffusion.unet import Feed, train_unet
from models.training.diffusion.vae import planted_vae, train_high, train_low

CACHE = Path(__file__).resolve().parents[1] / ".cache" / "diffusion"
# How a budget is shared out; rendering the set takes a few minutes beside these.
SHARES = {"text": 0.06, "judge": 0.04, "low": 0.1, "unet": 0.65, "high": 0.15}


def tokenizer_in(folder: Path, seed: int) -> CLIPTokenizer:
    """The tokenizer kept in the cache, learned first where there is none."""
    place = folder / "tokenizer"
    if not place.exists():
        build_tokenizer(seed).save_pretrained(place)
    return CLIPTokenizer.from_pretrained(place)


def train(cache: Path, minutes: dict[str, float], chunks: int, seed: int, out: Path) -> None:
    """Run every stage from where its checkpoint stands, then export."""
    cache.mkdir(parents=True, exist_ok=True)
    tokenizer = tokenizer_in(cache, seed)
    reader = train_text(cache, tokenizer, Budget(minutes["text"]), seed)
    write_chunks(cache / "latents", seed, chunks)
    shelves = load_shelves(cache / "latents")
    save_judge(train_judge(cache, shelves, Budget(minutes["judge"]), seed), JUDGE)
    means = [shelf.means for shelf in shelves.values()]
    feed = Feed(planted_vae(means), shelves, tokenizer, reader.encoder)
    unet = train_unet(cache, feed, Budget(minutes["unet"]), seed)
    low = train_low(cache, means, Budget(minutes["low"]), seed)
    vae = train_high(cache, low, Budget(minutes["high"]), seed)
    vae.register_to_config(scaling_factor=feed.scale)
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
