#!/usr/bin/env bash
# scripts/pytest.sh tests/unit [pytest options]: one layer of the tests, without a display.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ -z "$(find "$1" -name 'test_*.py' -print -quit)" ]; then
    echo "$1 has no tests yet."
    exit 0
fi
QT_QPA_PLATFORM=${QT_QPA_PLATFORM:-offscreen} exec .venv/bin/python -m pytest "$@"
