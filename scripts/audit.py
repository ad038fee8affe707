"""Known holes in the installed packages: python -m scripts.audit, a part of make check.

Fails on a hole that is not in audit_ignored.txt. Where the advisory service cannot be reached it
says so in one line and passes, so that a build without network is no failure.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

IGNORED = Path(__file__).with_name("audit_ignored.txt")
COMMAND = (sys.executable, "-m", "pip_audit", "--local", "--format", "json", "--timeout", "10",
           "--progress-spinner", "off")  # fmt: skip


def ignored_ids(text: str) -> set[str]:
    """The advisories of the list; ValueError where one has no reason."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    for line in lines:
        if not line.partition("#")[2].strip():
            raise ValueError(f"say why {line.strip()} is ignored")
    return {line.partition("#")[0].strip() for line in lines}


def findings(report: dict[str, Any], ignored: set[str]) -> Iterator[str]:
    """One line for each hole that counts."""
    for package in report["dependencies"]:
        for hole in package.get("vulns", []):
            if not {hole["id"], *hole.get("aliases", [])} & ignored:
                fixed = ", ".join(hole.get("fix_versions", [])) or "no version yet"
                yield f"{package['name']} {package['version']}: {hole['id']}, fixed in {fixed}"


def unreached(report: dict[str, Any]) -> bool:
    """Whether the service knew none of the packages: a mirror that carries no advisories."""
    return all("skip_reason" in package for package in report["dependencies"])


def main(command: tuple[str, ...] = COMMAND) -> int:
    """Audit; the status is 1 where something was found."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        report = json.loads(done.stdout)
    except ValueError:
        report = {"dependencies": []}
    if unreached(report):
        print("pip-audit: the advisory service cannot be reached; nothing was checked.")
        return 0
    found = list(findings(report, ignored_ids(IGNORED.read_text(encoding="utf-8"))))
    print("\n".join(found) or f"pip-audit: {len(report['dependencies'])} packages, no known hole.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
