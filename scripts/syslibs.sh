#!/usr/bin/env bash
# Looks for the system libraries that Qt needs on Linux and installs the missing ones with apt where that
# is permitted (root, or sudo without a password). Elsewhere it says exactly what is missing; it fails only
# when Qt could not even draw offscreen. A machine that has everything is left alone, in a few milliseconds.
# PARROT_SKIP_SYSLIBS=1 skips the whole check, for systems that keep their libraries where ldconfig
# does not look.
set -euo pipefail
cd "$(dirname "$0")/.."

[ "$(uname)" = Linux ] && [ "${PARROT_SKIP_SYSLIBS:-0}" != 1 ] || exit 0
PATH=$PATH:/usr/sbin:/sbin

# what to look for, Debian's package for it
needed="
libglib-2.0.so.0          libglib2.0-0
libEGL.so.1               libegl1
libGL.so.1                libgl1
libdbus-1.so.3            libdbus-1-3
libfontconfig.so.1        libfontconfig1
libxkbcommon.so.0         libxkbcommon0
libbrotlidec.so.1         libbrotli1
"
display="
libxcb-cursor.so.0        libxcb-cursor0
libxcb-icccm.so.4         libxcb-icccm4
libxcb-image.so.0         libxcb-image0
libxcb-keysyms.so.1       libxcb-keysyms1
libxcb-randr.so.0         libxcb-randr0
libxcb-render-util.so.0   libxcb-render-util0
libxcb-shape.so.0         libxcb-shape0
libxcb-shm.so.0           libxcb-shm0
libxcb-sync.so.1          libxcb-sync1
libxcb-xfixes.so.0        libxcb-xfixes0
libxcb-xkb.so.1           libxcb-xkb1
libxkbcommon-x11.so.0     libxkbcommon-x11-0
libX11-xcb.so.1           libx11-xcb1
libwayland-client.so.0    libwayland-client0
libwayland-cursor.so.0    libwayland-cursor0
libwayland-egl.so.1       libwayland-egl1
Xvfb                      xvfb
xauth                     xauth
"
desktop_tests="
dbus-daemon               dbus
dbus-run-session          dbus-bin
dunst                     dunst
openbox                   openbox
xdotool                   xdotool
import                    imagemagick
trayer                    trayer
wmctrl                    wmctrl
dbus-monitor              dbus-bin
/usr/libexec/at-spi-bus-launcher                    at-spi2-core
/usr/lib/python3/dist-packages/gi                   python3-gi
/usr/lib/*/girepository-1.0/Atspi-2.0.typelib       gir1.2-atspi-2.0
"

libraries=$(ldconfig -p 2>/dev/null || true)

# The packages of what cannot be found, of the lines on standard input.
missing() {
    local what package
    while read -r what package; do
        case $what in
        "") ;;
        /*) compgen -G "$what" >/dev/null || echo "$package" ;;
        *.so.*) grep -q "^[[:space:]]*$what " <<<"$libraries" || echo "$package" ;;
        *) command -v "$what" >/dev/null || echo "$package" ;;
        esac
    done
}

vital=$(missing <<<"$needed")
wanted=$(missing <<<"$display")
# Debian's Python comes without the module that puts pip into a new environment.
if [ ! -x .venv/bin/python ] && command -v python3 >/dev/null && ! python3 -c 'import ensurepip' 2>/dev/null; then
    vital="$vital python3-venv"
fi
if [ "${1:-}" = --desktop-tests ]; then
    wanted="$wanted $(missing <<<"$desktop_tests")"
fi
packages=$(echo $vital $wanted)
[ -n "$packages" ] || exit 0

if command -v apt-get >/dev/null; then
    sudo=()
    if [ "$(id -u)" -ne 0 ]; then
        sudo=(sudo -n)
    fi
    if "${sudo[@]}" true 2>/dev/null; then
        echo "Installing system libraries: $packages"
        install() {
            "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
                apt-get install --yes --quiet --quiet --no-install-recommends $packages </dev/null
        }
        # The package lists of a fresh machine are empty, those of an old one may be stale.
        if install >/dev/null 2>&1 || { "${sudo[@]}" apt-get update --quiet --quiet && install >/dev/null; }; then
            exit 0
        fi
        echo "apt-get could not install them." >&2
    fi
    echo "Missing system libraries. Please run: sudo apt-get install --no-install-recommends $packages" >&2
else
    echo "Missing system libraries (by the names of Debian's packages): $packages" >&2
fi
if [ -n "$vital" ]; then
    echo "Qt cannot start without these: $(echo $vital)" >&2
    exit 1
fi
echo "Going on without them: Qt can draw offscreen, but a window or a virtual display may not open." >&2
