"""What we depend on: floors that closed a hole, the audit, and what must never be used."""

from __future__ import annotations

import json
import re
import sys
import tomllib
from pathlib import Path

import pytest

from scripts.audit import IGNORED, findings, ignored_ids, main, unreached
from tests.architecture.modules import ROOT, modules
from tests.architecture.test_imports import loaded

# Package, the first version without the hole, the hole.
FLOORS = {
    "pillow": ("13.0.0", "a heap overflow in the JPEG decoder"),
    "diffusers": ("0.42.1", "remote code through model_index.json"),
    "flower": ("2.2.0", "cross-site requests"),
    "celery": ("5.7.0", "results that name any exception; lost and repeated tasks"),
    "kombu": ("5.7.0", "consumers that stop after a reconnect"),
    "gunicorn": ("22.0.0", "request smuggling"),
    "torch": ("2.6.0", "weights_only that was none"),
}
HOLE = {"id": "PYSEC-1", "aliases": ["CVE-2026-1"], "fix_versions": ["2.0"]}


def version(text: str) -> tuple[int, ...]:
    """A plain version as numbers."""
    return tuple(int(part) for part in re.findall(r"\d+", text)[:3])


def pins() -> dict[str, str]:
    """What requirements.txt pins."""
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    found = re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(\S+)", text, re.MULTILINE)
    return {name.lower(): pinned for name, pinned in found}


@pytest.mark.parametrize("package", FLOORS)
def test_no_pin_falls_below_the_version_that_closed_a_hole(package: str) -> None:
    floor, hole = FLOORS[package]

    assert version(pins()[package]) >= version(floor), hole


def test_the_linter_looks_for_what_bandit_does() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    lint = settings["tool"]["ruff"]["lint"]
    loosened = {
        folder: [rule for rule in rules if rule.startswith("S")]
        for folder, rules in lint["per-file-ignores"].items()
    }

    assert "S" in lint["select"]
    # Programs are started by argument list, never through a shell; field names are no passwords.
    assert {rule for rule in lint["ignore"] if rule.startswith("S")} == {"S603", "S607"}
    assert set(loosened) == {"tests/**", "models/training/**", "app/contracts/schemas/**"}
    assert loosened["app/contracts/schemas/**"] == ["S105"]


def test_nothing_uses_the_cache_that_unpickles() -> None:
    for module in modules("app", "config", "workers", "scripts", "models"):
        assert "LlamaDiskCache" not in module.text, module.path
        assert "diskcache" not in {name.split(".")[0] for name in module.imports()}, module.path


def test_the_gateway_and_the_cpu_worker_never_load_it() -> None:
    for start in ("app.wsgi", "workers.cpu_processing.main"):
        assert loaded(f"import sys, {start}; print('diskcache' in sys.modules)") == "False"


def test_a_known_hole_fails_the_audit_unless_it_is_ignored() -> None:
    report = {"dependencies": [{"name": "a", "version": "1.0", "vulns": [HOLE]}]}

    assert list(findings(report, set())) == ["a 1.0: PYSEC-1, fixed in 2.0"]
    assert list(findings(report, {"CVE-2026-1"})) == []
    assert not unreached(report)


def test_every_ignored_advisory_has_a_reason() -> None:
    assert "CVE-2025-69872" in ignored_ids(IGNORED.read_text(encoding="utf-8"))
    with pytest.raises(ValueError, match="CVE-1"):
        ignored_ids("CVE-1\n")


@pytest.mark.parametrize(
    ("output", "status", "words"),
    [
        ("", 0, "cannot be reached"),
        ({"dependencies": [{"name": "a", "skip_reason": "not found"}]}, 0, "cannot be reached"),
        ({"dependencies": [{"name": "a", "version": "1.0", "vulns": []}]}, 0, "no known hole"),
        ({"dependencies": [{"name": "a", "version": "1.0", "vulns": [HOLE]}]}, 1, "PYSEC-1"),
    ],
)
def test_the_audit_says_what_it_found_in_a_line(
    output: object, status: int, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = tmp_path / "report"
    said.write_text(json.dumps(output) if output else "no connection", encoding="utf-8")

    assert main((sys.executable, "-c", f"print(open({str(said)!r}).read())")) == status
    printed = capsys.readouterr().out
    assert words in printed and printed.count("\n") == 1
