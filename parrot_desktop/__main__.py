"""``parrot-desktop``: the window.

A frozen program is both: its first word may be a command of the server, which then runs before any Qt is loaded.
"""

from __future__ import annotations

import sys

_SERVER_COMMANDS = frozenset({"serve", "simulate"})
"""What this machine's own server and sample are started by."""


def main() -> None:
    if sys.argv[1:] and sys.argv[1] in _SERVER_COMMANDS:
        from parrot_server.cli import main as serve

        sys.exit(serve())
    from parrot_desktop.early_server import start_early

    server = start_early(sys.argv[1:])
    from parrot_desktop.app import run

    sys.exit(run(sys.argv[1:], server=server))


if __name__ == "__main__":
    main()
