"""requirements.lock anew: python -m scripts.lock, after each change of a requirement.

It names all that requirements-dev.txt brings, down to the last, with the hashes of its files for
every system and Python we run on. Versions that it names already stay, unless --upgrade is given.
torch and what torch alone brings is left out: which build it is depends on the machine.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements.lock"
HEAD = "# Made by `make lock` from requirements.txt and requirements-dev.txt; do not edit.\n"
COMMAND = (
    *("uv", "pip", "compile", "requirements-dev.txt", "--output-file", LOCK.name, "--quiet"),
    *("--universal", "--python-version", "3.11", "--generate-hashes", "--no-header"),
    "--no-annotate",
)
OF_THE_MACHINE = re.compile(r"(torch|triton|nvidia-.*|cuda-.*)==")


def without_torch(text: str) -> str:
    """The lock without what depends on the machine, under a first line that says what it is."""
    entries = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)
    return HEAD + "".join(
        entry for entry in entries if "==" in entry and not OF_THE_MACHINE.match(entry)
    )


def main(arguments: list[str]) -> int:
    """Make it; uv's own exit status where that fails."""
    done = subprocess.run([*COMMAND, *arguments], cwd=ROOT, check=False)
    if done.returncode == 0:
        LOCK.write_text(without_torch(LOCK.read_text(encoding="utf-8")), encoding="utf-8")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
