"""The floors that import-linter cannot see: what really gets loaded, and which parts of a package are named.

Who may import whom among our own packages is written in pyproject.toml (`lint-imports`).
"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SERVER = ROOT / "server"
DESKTOP = ROOT / "parrot_desktop"
STDLIB = sys.stdlib_module_names


@pytest.mark.parametrize(
    "package",
    ["parrot_wire", "parrot_client", "parrot_server", "parrot_desktop.domain", "parrot_desktop.api"],
)
def test_lower_floors_load_no_qt(package: str) -> None:
    """Every module of the package, imported in a fresh process, brings in neither Qt nor its event loop."""
    probe = (
        "import importlib, pkgutil, sys\n"
        f"top = importlib.import_module({package!r})\n"
        "for module in pkgutil.walk_packages(top.__path__, top.__name__ + '.'):\n"
        # Alembic's scripts run inside its own environment, and __main__ is a program.
        "    if 'migrations' not in module.name and not module.name.endswith('__main__'):\n"
        "        importlib.import_module(module.name)\n"
        "tops = {name.partition('.')[0] for name in sys.modules}\n"
        "print(*sorted(tops & {'PySide6', 'shiboken6', 'qasync'}))\n"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, timeout=50, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


def imports(folder: Path) -> Iterator[tuple[str, str]]:
    """(where, absolute dotted name) of every import under a folder; `from a import b` gives `a.b`."""
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_bytes())):
            where = f"{path.relative_to(ROOT).as_posix()}:{getattr(node, 'lineno', 0)}"
            if isinstance(node, ast.Import):
                yield from ((where, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                yield from ((where, f"{node.module}.{alias.name}") for alias in node.names)


def strangers(folder: Path, allowed: set[str]) -> list[str]:
    """Imports of anything besides the standard library and the allowed top-level packages."""
    tops = ((where, name.partition(".")[0]) for where, name in imports(folder))
    return [f"{where} imports {top}" for where, top in tops if top not in STDLIB and top not in allowed]


def test_the_wire_needs_msgspec_alone() -> None:
    assert strangers(SERVER / "parrot_wire", {"parrot_wire", "msgspec"}) == []


def test_the_domain_needs_the_wire_alone() -> None:
    assert strangers(DESKTOP / "domain", {"parrot_desktop", "parrot_wire"}) == []


@pytest.mark.parametrize(
    ("floor", "modules"),
    [
        ("models", {"QtCore"}),
        ("theme", {"QtCore", "QtGui", "QtSvg"}),
    ],
)
def test_qt_of_a_floor(floor: str, modules: set[str]) -> None:
    """Models and theme are free of widgets, so that they can be tested and used without a window."""
    found = [
        f"{where} imports {name}"
        for where, name in imports(DESKTOP / floor)
        if name.startswith("PySide6") and name.split(".")[1] not in modules
    ]
    assert found == []


def test_qasync_has_one_door() -> None:
    names = {where.partition(":")[0] for where, name in imports(DESKTOP) if name.partition(".")[0] == "qasync"}
    assert names <= {"parrot_desktop/app.py", "parrot_desktop/loop.py"}
