"""Paints the grid of the model card: `python -m models.training.diffusion.grid`."""

import argparse
from pathlib import Path

import torch
from PIL import Image

from models.training import world
from models.training.diffusion.export import STARTER
from models.training.diffusion.sampling import load, paint

FIRST_SEED = 1000
SIDE = 256
COLUMNS = 8
TIMES = tuple(world.TIMES)


def grid_prompts() -> list[tuple[str, int]]:
    """For each subject a photograph and an anime picture of one seed, the times in turn."""
    return [
        (f"{leads[0]} {subject.phrases[0]}, {world.TIMES[TIMES[index % len(TIMES)]][0]}",
         FIRST_SEED + index)
        for index, subject in enumerate(world.SUBJECTS)
        for leads in world.STYLES.values()
    ]  # fmt: skip


def main() -> None:
    """Paint the grid and save it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=STARTER)
    parser.add_argument("--out", type=Path, default=STARTER / "grid.png")
    given = parser.parse_args()
    torch.set_num_threads(1)
    prompts = grid_prompts()
    pictures = paint(load(given.model), prompts)
    rows = -(-len(prompts) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * SIDE, rows * SIDE))
    for index, picture in enumerate(pictures):
        small = picture.resize((SIDE, SIDE), Image.Resampling.LANCZOS)
        sheet.paste(small, (index % COLUMNS * SIDE, index // COLUMNS * SIDE))
        print(f"{prompts[index][1]}: {prompts[index][0]}")
    sheet.quantize(192, dither=Image.Dither.NONE).save(given.out, optimize=True)


if __name__ == "__main__":
    main()
