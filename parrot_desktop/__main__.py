"""``parrot-desktop``: the window; ``parrot-desktop serve``: the server inside a frozen program, before any Qt."""

from __future__ import annotations

import sys


def main() -> None:
    if sys.argv[1:2] == ["serve"]:
        from parrot_server.cli import main as serve

        sys.exit(serve())
    from parrot_desktop.app import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
