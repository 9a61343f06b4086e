#!/usr/bin/env bash
# Opens the window. Where there is no display the same app is drawn offscreen, on the same data.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] || [ -n "${QT_QPA_PLATFORM:-}" ] || [ "$(uname)" != Linux ]; then
    exec .venv/bin/parrot-desktop "$@"
fi
echo "No display here (neither DISPLAY nor WAYLAND_DISPLAY is set): drawing the window to parrot.png instead."
QT_QPA_PLATFORM=offscreen exec .venv/bin/parrot-desktop --screenshot parrot.png "$@"
