"""Rows about derivatives: four variants of a picture of 2048 by 2048, with sharp beside us."""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from config.settings import ROOT
from tests.benchmarks.processes import Bench
from tests.benchmarks.rows import Row
from workers.cpu_processing.overlap import cores
from workers.cpu_processing.quality import ssim
from workers.cpu_processing.steps.resample import resample

SHARP = "0.35.5"
SIDE, WIDTHS = 2048, (1600, 1024, 640, 320)
PAIRS = (("png", "jpeg"), ("jpeg", "jpeg"), ("png", "webp"), ("jpeg", "webp"), ("png", "avif"))
QUALITY = {"jpeg": 80, "webp": 80, "avif": 60}
TIMES = {"jpeg": 11, "webp": 7, "avif": 5}
Figures = dict[str, float]


class Maker:
    """A running program that makes variants on request."""

    def __init__(self, command: list[str]) -> None:
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, request: dict[str, Any]) -> None:
        """Send a request; `answer` waits for its figures."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()

    def answer(self) -> Figures:
        """Seconds by the clock, seconds of processors, and bytes of all variants."""
        assert self._process.stdout
        found: Figures = json.loads(self._process.stdout.readline())
        return found

    def close(self) -> None:
        """End the program."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(30)


def rows(bench: Bench) -> list[Row]:
    """All, or none where sharp cannot be had."""
    package = sharp_package()
    if package is None:
        print("derive.*: left out, for sharp needs node and npm (apt-get install nodejs npm)")
        return []
    folder = ROOT / "out" / "derive"
    sources = write_sources(folder)
    found = [likeness(Image.open(sources["png"]))]
    with makers(package) as (ours, theirs):
        for source, form in PAIRS:
            request = {"source": str(sources[source]), "format": form}
            request |= {"quality": QUALITY[form], "widths": WIDTHS}
            name = f"derive.{source}-{form}"
            alone = compared(ours[:1], theirs[:1], request, TIMES[form])
            loaded = compared(ours, theirs, request, TIMES[form])
            found += [figure(f"{name}.{kind}", kind, *alone) for kind in ("wall", "cpu", "bytes")]
            found += [figure(f"{name}.{kind}.loaded", kind, *loaded) for kind in ("wall", "cpu")]
    return found


def sharp_package() -> Path | None:
    """The package.json beside which sharp is installed; None without node or the registry."""
    if not (shutil.which("node") and shutil.which("npm")):
        return None
    folder = ROOT / "out" / f"sharp-{SHARP}"
    package = folder / "package.json"
    if not (folder / "node_modules" / "sharp").exists():
        folder.mkdir(parents=True, exist_ok=True)
        package.write_text('{"private": true}')
        command = ["npm", "install", "--no-audit", "--no-fund", f"sharp@{SHARP}"]
        if subprocess.run(command, cwd=folder, capture_output=True).returncode:
            return None
    return package


def write_sources(folder: Path) -> dict[str, Path]:
    """A picture with detail of every size, like a photograph's, as PNG and JPEG."""
    folder.mkdir(parents=True, exist_ok=True)
    chance = np.random.default_rng(5)
    sums = np.zeros((SIDE, SIDE, 3), np.float32)
    for size in (2**power for power in range(2, 12)):
        grains = 0.5 * chance.normal(size=(size, size, 3)) + chance.normal(size=(size, size, 1))
        for band in range(3):
            layer = Image.fromarray(grains[..., band].astype(np.float32))
            sums[..., band] += np.asarray(layer.resize((SIDE, SIDE), Image.Resampling.BICUBIC)) / (
                size**0.85
            )
    levels = np.clip(128 + 48 * (sums - sums.mean()) / sums.std(), 0, 255).astype(np.uint8)
    picture = Image.fromarray(levels)
    files = {"png": folder / "source.png", "jpeg": folder / "source.jpg"}
    picture.save(files["png"])
    picture.save(files["jpeg"], quality=92)
    return files


def likeness(picture: Image.Image) -> Row:
    """How like a plain Lanczos the scaled pictures are: the least SSIM of the four."""
    picture = picture.convert("RGB")
    least = min(
        ssim(resample(picture, size), picture.resize(size, Image.Resampling.LANCZOS))
        for size in ((width, width) for width in WIDTHS)
    )
    return Row("derive.ssim", least, 1.0, "SSIM", goal=0.99, at_most=False)


@contextmanager
def makers(package: Path) -> Iterator[tuple[list[Maker], list[Maker]]]:
    """As many of ours and of theirs as there are cores."""
    script = Path(__file__).with_name("derive_sharp.mjs")
    with ExitStack() as stack:
        ours, theirs = (
            [Maker(command) for _ in range(cores())]
            for command in (
                [sys.executable, "-m", "tests.benchmarks.derive_ours"],
                ["node", str(script), str(package)],
            )
        )
        for maker in ours + theirs:
            stack.callback(maker.close)
        yield ours, theirs


def compared(
    ours: list[Maker], theirs: list[Maker], request: dict[str, Any], times: int
) -> tuple[Figures, Figures]:
    """The medians of both sides, measured turn by turn."""
    at_once(ours, request), at_once(theirs, request)  # warm
    pairs = [(at_once(ours, request), at_once(theirs, request)) for _ in range(times)]
    return medians([ours for ours, _ in pairs]), medians([theirs for _, theirs in pairs])


def at_once(side: list[Maker], request: dict[str, Any]) -> Figures:
    """One job for each of these at the same time: the mean figures of a job."""
    for maker in side:
        maker.ask(request)
    found = [maker.answer() for maker in side]
    return {name: statistics.fmean(one[name] for one in found) for name in found[0]}


def medians(runs: list[Figures]) -> Figures:
    """The median of each figure."""
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}


def figure(name: str, kind: str, ours: Figures, theirs: Figures) -> Row:
    """The row of one figure; bytes may be 3 % more."""
    if kind == "bytes":
        return Row(name, ours[kind] / 1e3, theirs[kind] / 1e3, "kB", goal=1.03)
    return Row(name, ours[kind] * 1e3, theirs[kind] * 1e3, "ms", goal=1.0)
