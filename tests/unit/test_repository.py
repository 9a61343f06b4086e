"""Rules about the files of the repository themselves."""

import contextlib
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# Where packages come from is a matter of each machine: no file names a registry. Put together from parts,
# so that this file passes its own test.
REGISTRIES = re.compile(
    "|".join(
        [
            r"pypi" + r"\.org",
            r"python" + r"hosted\.org",
            r"npmjs" + r"\.(?:org|com)",
            r"yarn" + r"pkg\.com",
            r"deb\." + r"debian\.org",
            r"archive\." + r"ubuntu\.com",
            r"crates" + r"\.io",
            r"proxy\." + r"golang\.org",
            r"--(?:extra-)?index" + r"-url[ =]",
            r"--find" + r"-links[ =]",
        ]
    )
)
# One line of a compiled requirements file: a pin with its marker, a hash, or a comment.
REQUIREMENT = re.compile(r"[A-Za-z0-9_.\[\],-]+==\S+( ; [^\\]+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?|\s*#.*")


# What .gitignore names, for a copy of the sources without git.
NOT_OURS = {".git", ".venv", "build", "dist", "__pycache__", ".pytest_cache", ".ruff_cache", ".hypothesis"}


def tracked_files() -> list[Path]:
    """Every file of the repository; in a plain copy of it, every file that was not made there."""
    with contextlib.suppress(FileNotFoundError):
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
        if listed.returncode == 0:
            return [path for name in listed.stdout.decode().split("\0") if name and (path := ROOT / name).is_file()]
    found = [path for path in ROOT.rglob("*") if not NOT_OURS.intersection(path.relative_to(ROOT).parts)]
    return [path for path in found if path.is_file()]


def test_no_file_names_a_registry() -> None:
    found: list[str] = []
    for path in tracked_files():
        # Icons of a binary kind decode to noise that matches nothing.
        for number, line in enumerate(path.read_text("utf-8", errors="replace").splitlines(), 1):
            if REGISTRIES.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:120]}")
    assert found == []


def test_no_lock_file_with_addresses() -> None:
    assert [path.name for path in tracked_files() if path.name in {"uv.lock", "poetry.lock", "Pipfile.lock"}] == []


@pytest.mark.parametrize("name", ["dev.txt", "runtime.txt"])
def test_requirements_are_pins_with_hashes(name: str) -> None:
    lines = (ROOT / "requirements" / name).read_text("utf-8").splitlines()
    assert [line for line in lines if not REQUIREMENT.fullmatch(line)] == []
    assert not any(line.startswith("pyside6-essentials==6.12.0") for line in lines)
