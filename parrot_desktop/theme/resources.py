"""Where the files that ship with the application are."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


def resource_path(name: str) -> Path:
    """A file under ``resources/``, like ``icons/search.svg``: in an installed package, or in a checkout."""
    installed = _PACKAGE / "_resources" / name
    return installed if installed.exists() else _PACKAGE.parent / "resources" / name
