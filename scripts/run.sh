#!/usr/bin/env bash
# Opens the window. Where there is no display the same app is drawn offscreen, on the same data.
set -euo pipefail
cd "$(dirname "$0")/.."

case "$(uname):${QT_QPA_PLATFORM:-}:${DISPLAY:-}${WAYLAND_DISPLAY:-}" in
*:offscreen:*) echo "No display asked for (QT_QPA_PLATFORM=offscreen): drawing the window to parrot.png instead." ;;
Linux::) echo "No display here (neither DISPLAY nor WAYLAND_DISPLAY is set): drawing the window to parrot.png instead." ;;
# A display, or a platform of Qt that brings its own, like vnc.
*) exec .venv/bin/parrot-desktop "$@" ;;
esac
# The screen that Qt makes up there is smaller than any desktop's.
QT_QPA_PLATFORM=offscreen exec .venv/bin/parrot-desktop --screenshot parrot.png --size 1360x860 "$@"
