#!/usr/bin/env bash
# Makes .venv: the pins of requirements/dev.txt with their hashes, then both distributions editable.
# pip's hash mode refuses editable installs, hence two steps; the second resolves and downloads nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=.venv
stamp=$venv/.setup-stamp

find_python() {
    local name
    for name in ${PYTHON:-} python3 python3.13 python3.12 python3.11 python; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
    echo "Parrot Desktop needs Python 3.11 or newer; none was found on the PATH. PYTHON=/path/to/python make setup names one." >&2
    return 1
}

fingerprint() {
    cat requirements/dev.txt pyproject.toml server/pyproject.toml scripts/setup.sh | sha256sum
    pwd
}

# Two makes at once take turns, where the system has a command for that.
if command -v flock >/dev/null; then
    exec 9>.setup.lock
    flock 9
fi

# A touched file is not a changed file: git sets new times at every checkout.
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(fingerprint)" ] && "$venv/bin/python" -c '' 2>/dev/null; then
    touch "$stamp"
    exit 0
fi

python=$(find_python)
rm -f "$stamp"
if ! "$venv/bin/python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    rm -rf "$venv"
    if ! "$python" -m venv "$venv" 2>/dev/null || ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
        rm -rf "$venv"
        echo "$python cannot make virtual environments; on Debian and Ubuntu: apt-get install python3-venv" >&2
        exit 1
    fi
fi

echo "Installing the pinned environment into $venv ..."
export PIP_ROOT_USER_ACTION=ignore
pip=("$venv/bin/python" -m pip --disable-pip-version-check --quiet --quiet)
"${pip[@]}" install --require-hashes --only-binary :all: -r requirements/dev.txt
"${pip[@]}" install --no-deps --no-build-isolation -e server -e .
# pip compiles what it installs, but not what it leaves in place: without this, every start would, where the environment
# forbids Python to keep bytecode (it is a quarter of a second, in the window and in the server).
"$venv/bin/python" -m compileall -q parrot_desktop server/parrot_*
fingerprint >"$stamp"
echo "Ready: $venv/bin/parrot and $venv/bin/parrot-desktop"
