"""``parrot-desktop``: the window.

A frozen program is both: its first word may be a command of the server, which then runs before any Qt is loaded.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Sequence

_SERVER_COMMANDS = frozenset({"serve", "simulate", "read-ahead"})
"""What this machine's own server, its helper and the sample are started by."""


def begin(arguments: Sequence[str]) -> subprocess.Popen[bytes] | None:
    """What takes longest comes first: this machine's server, where it will be wanted, and Qt."""
    from parrot_desktop.quick_start import collect_later, load_qt

    collect_later()
    from parrot_desktop.early_server import start_early

    server = start_early(arguments)
    load_qt()
    return server


def main() -> None:
    if sys.argv[1:] and sys.argv[1] in _SERVER_COMMANDS:
        from parrot_server.cli import main as serve

        sys.exit(serve())
    server = begin(sys.argv[1:])
    from parrot_desktop.app import run

    sys.exit(run(sys.argv[1:], server=server))


if __name__ == "__main__":
    main()
