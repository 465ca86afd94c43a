#!/usr/bin/env bash
# Rewrites the lock files from pyproject.toml: hashed, for every platform, and without the address of any registry.
set -euo pipefail
cd "$(dirname "$0")/.."
lock() { uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 pyproject.toml "${@:2}" -o "requirements/$1.txt"; }
lock base
lock demo --extra demo
lock dev --extra dev
