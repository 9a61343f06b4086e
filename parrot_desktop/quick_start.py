"""What makes Python and Qt for Python start sooner; each is done before anything else is loaded."""

from __future__ import annotations

import builtins
import gc


def collect_later() -> None:
    """No garbage is looked for while everything is being made: next to nothing of it goes again.

    `parrot_desktop.garbage` takes over with the event loop.
    """
    gc.disable()


def load_qt() -> None:
    """Qt for Python, without its hook on ``import``.

    For ``from __feature__ import snake_case``, which nothing here uses, PySide (6.11) replaces Python's import by one
    that reads the source of every module that is loaded afterwards, ours and the libraries', and keeps it: 80 ms of
    the start and 15 MB. Python's own is put back, until PySide reads no more than it needs: ``feature_imported`` in its
    ``shibokensupport/feature.py``, found out in https://github.com/napari/napari/issues/8584.
    """
    import PySide6.QtCore  # noqa: F401  # pyright: ignore[reportUnusedImport]

    builtins.__import__ = getattr(builtins, "__orig_import__", builtins.__import__)
