#!/usr/bin/env bash
# Sets up the virtual environment; called by make, quick when nothing changed.
set -euo pipefail
: "${PYTHON:=python3.11}" "${VENV:=.venv}"
command -v "$PYTHON" >/dev/null || PYTHON=python3

"$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "Imajin needs Python 3.11 or newer; set PYTHON=/path/to/python." >&2
    exit 1
}
"$PYTHON" -m venv "$VENV" || {
    echo "The venv module is missing: apt-get install python3-venv python3-dev build-essential cmake" >&2
    exit 1
}
echo "Installing packages. llama-cpp-python is built from source: some minutes the first time."
"$VENV/bin/python" -m pip install --quiet --disable-pip-version-check --upgrade pip
"$VENV/bin/python" -m pip install --disable-pip-version-check -r requirements-dev.txt
touch "$VENV/.installed"
