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
# The lock has all but torch, by hash; torch then comes as this machine's index offers it.
"$VENV/bin/python" -m pip install --disable-pip-version-check --require-hashes --no-deps \
    -r requirements.lock
"$VENV/bin/python" -m pip install --disable-pip-version-check -r requirements-dev.txt

# From Debian: the library that orders right-to-left text, and emoji in colour. Without the first
# scripts that need it are refused in words; without the second emoji are drawn in one colour.
debian=(libfribidi0 fonts-noto-color-emoji)
if ! dpkg -s "${debian[@]}" >/dev/null 2>&1; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "Installing ${debian[*]} (10 MB)."
        { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install --yes \
            --no-install-recommends "${debian[@]}"; } >/dev/null 2>&1 || true
    fi
    dpkg -s "${debian[@]}" >/dev/null 2>&1 ||
        echo "For every script and for emoji in colour, type as root: apt-get install ${debian[*]}" >&2
fi
touch "$VENV/.installed"
