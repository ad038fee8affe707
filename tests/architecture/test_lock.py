"""The lock: it agrees with the requirements, holds hashes, and lacks nothing but torch's own."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from scripts.lock import HEAD, OF_THE_MACHINE, without_torch
from tests.architecture.modules import ROOT

PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;]+)", re.MULTILINE)
AGAIN = "run `make lock` and commit requirements.lock"


def text(name: str) -> str:
    """A file of the root."""
    return Path(ROOT / name).read_text(encoding="utf-8")


def locked() -> dict[str, set[str]]:
    """The versions of each package in the lock: more than one where systems need others."""
    found: dict[str, set[str]] = {}
    for name, version in PINNED.findall(text("requirements.lock")):
        found.setdefault(canonicalize_name(name), set()).add(version)
    return found


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_the_lock_has_each_requirement_in_its_version(name: str) -> None:
    in_lock = locked()
    missing = {
        f"{package}=={version}"
        for package, version in PINNED.findall(text(name))
        if package != "torch" and version not in in_lock.get(canonicalize_name(package), set())
    }

    assert missing == set(), AGAIN


def test_the_lock_lacks_nothing_that_it_brings() -> None:
    in_lock = locked()
    missing = {
        f"{package} needs {needed}"
        for package in in_lock
        for needed in needs(package)
        if not OF_THE_MACHINE.match(f"{needed.name}==")
        and not any(
            needed.specifier.contains(version)
            for version in in_lock.get(canonicalize_name(needed.name), ())
        )
    }

    assert missing == set(), AGAIN


def needs(package: str) -> list[Requirement]:
    """What a package needs here; nothing where it is another system's and not installed."""
    try:
        found = [Requirement(line) for line in requires(package) or ()]
    except PackageNotFoundError:
        return []
    return [one for one in found if one.marker is None or one.marker.evaluate({"extra": ""})]


def test_each_file_in_the_lock_is_known_by_its_hash() -> None:
    for entry in re.split(r"^(?=[a-z0-9])", text("requirements.lock"), flags=re.MULTILINE)[1:]:
        assert re.search(r"--hash=sha256:[0-9a-f]{64}$", entry, re.MULTILINE), entry


def test_what_depends_on_the_machine_is_left_out() -> None:
    made = "a==1 \\\n    --hash=sha256:0\ntorch==2 \\\n    --hash=sha256:1\nb==3\n# note: torch\n"

    assert without_torch(made).startswith(HEAD + "a==1 \\\n    --hash=sha256:0\nb==3\n")
    assert not {"torch", "triton"} & set(locked())
