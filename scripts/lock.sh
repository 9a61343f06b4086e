#!/usr/bin/env bash
# Recompiles requirements/*.txt: every dependency of both distributions, pinned with hashes, for all
# platforms and Python versions at once. `scripts/lock.sh --upgrade` takes newer versions, and
# `scripts/lock.sh --upgrade-package NAME` just one; without either the present pins are kept.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v uv >/dev/null; then
    echo "make lock needs uv on the PATH (pip install uv)." >&2
    exit 1
fi

options=("$@")

# PySide6 6.12.0 is ruled out for Python 3.10 and 3.11 in pyproject.toml; compiling from 3.11 up keeps
# one set of pins that is right everywhere. No address of any index is written into the files.
compile() {
    local output=$1
    shift
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --no-annotate \
        --no-emit-package parrot-server --custom-compile-command "make lock" \
        --output-file "$output" "$@"
}

compile requirements/runtime.txt pyproject.toml server/pyproject.toml "${options[@]}"
compile requirements/dev.txt pyproject.toml server/pyproject.toml --group dev --constraints requirements/runtime.txt "${options[@]}"
