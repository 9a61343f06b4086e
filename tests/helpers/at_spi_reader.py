"""Reads a window as a screen reader does, over AT-SPI. Run by the system's Python, which has the bindings (gi).

Prints JSON lines: ["tree", role, name, depth] for what the window holds, a few of each; then ["ready"]; then
["announcement", text] for each, until it is ended.
"""

from __future__ import annotations

import importlib
import json
import time
from typing import Any

DEEPEST = 9
WIDEST = 24
"""A table of a million rows has two million children: never list them all."""


def main() -> None:
    importlib.import_module("gi").require_version("Atspi", "2.0")
    atspi: Any = importlib.import_module("gi.repository.Atspi")
    atspi.init()
    end = time.monotonic() + 30
    while (window := find_window(atspi)) is None or not has_rows(window):
        if time.monotonic() > end:
            raise SystemExit("no window with rows")
        time.sleep(0.1)
    walk(window, 0, atspi.StateType.SHOWING)

    def announced(event: Any) -> None:
        say("announcement", str(event.any_data))

    listener = atspi.EventListener.new(announced)
    listener.register("object:announcement")
    say("ready")
    atspi.event_main()


def find_window(atspi: Any) -> Any:
    """The program's main window."""
    desktop = atspi.get_desktop(0)
    for at in range(desktop.get_child_count()):
        application = desktop.get_child_at_index(at)
        if application is None:
            continue
        for n in range(application.get_child_count()):
            window = application.get_child_at_index(n)
            if window is not None and window.get_name().startswith("Parrot"):
                return window
    return None


def has_rows(node: Any, depth: int = 0) -> bool:
    if node.get_role_name() == "table" and node.get_name() == "Sessions":
        return node.get_child_count() > 2
    children = [node.get_child_at_index(at) for at in range(min(WIDEST, node.get_child_count()))]
    return depth < DEEPEST and any(child is not None and has_rows(child, depth + 1) for child in children)


def walk(node: Any, depth: int, showing: Any) -> None:
    """What can be seen; a table's cells out of sight are left out too."""
    say("tree", node.get_role_name(), node.get_name(), depth)
    # Inside a field is Qt's own button that clears it: a person who types has a key for that.
    if depth < DEEPEST and node.get_role_name() != "text":
        for at in range(min(WIDEST, node.get_child_count())):
            child = node.get_child_at_index(at)
            if child is not None and child.get_state_set().contains(showing):
                walk(child, depth + 1, showing)


def say(*words: object) -> None:
    print(json.dumps(words), flush=True)


if __name__ == "__main__":
    main()
