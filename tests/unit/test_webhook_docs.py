"""The page on webhooks: its receivers verify what we send, and its table is the setting."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from config.settings import ROOT, Settings
from workers.webhooks.signing import signed

PAGE = (ROOT / "docs" / "webhooks.md").read_text(encoding="utf-8")
KEY = "whsec_" + "A" * 32
BODY = '{"type":"job.completed","data":{"jobId":"1"}}'


def snippet(language: str) -> str:
    """The page's code in a language."""
    (found,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return str(found)


def test_the_receiver_in_python_verifies(tmp_path: Path) -> None:
    headers = signed([KEY], "msg_1", int(time.time()), BODY.encode())
    program = tmp_path / "receiver.py"
    call = f"\nprint(received({BODY.encode()!r}, {headers!r})['type'])\n"
    program.write_text(snippet("python") + call)

    done = subprocess.run(
        [sys.executable, str(program)],
        env={"WEBHOOK_SECRET": KEY},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    assert done.stdout.strip() == "job.completed"


def test_the_receiver_in_javascript_verifies(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("running JavaScript needs node")
    headers = signed([KEY], "msg_1", int(time.time()), BODY.encode())
    program = tmp_path / "receiver.mjs"
    arguments = ", ".join(json.dumps(part) for part in (BODY, headers, KEY))
    program.write_text(snippet("javascript") + f"\nconsole.log(received({arguments}).type)\n")

    done = subprocess.run([node, str(program)], capture_output=True, text=True, timeout=60)

    assert done.stdout.strip() == "job.completed", done.stderr


def test_the_table_of_pauses_is_the_setting() -> None:
    (row,) = re.findall(r"\| pause at most \| (.*) \|", PAGE)
    units = {"s": 1, "min": 60, "h": 3600}
    seconds = [int(cell.split()[0]) * units[cell.split()[1]] for cell in row.split(" | ")]

    assert tuple(seconds) == Settings().webhook_retries
