#!/usr/bin/env bash
# scripts/pytest.sh tests/unit [pytest options]: one layer of the tests, without a display.
set -euo pipefail
cd "$(dirname "$0")/.."
export QT_QPA_PLATFORM=${QT_QPA_PLATFORM:-offscreen}

status=0
.venv/bin/python -m pytest "$@" || status=$?
# pytest's exit code 5 means that it collected nothing: a layer may have no test yet.
[ "$status" -eq 5 ] && [ -z "$(find "$1" -name 'test_*.py' -print -quit)" ] && status=0
exit "$status"
