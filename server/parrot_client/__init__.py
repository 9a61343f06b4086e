"""How anyone talks to a workspace server."""

import sys

# httpx would load its own command line with itself, and with that whatever draws on terminals: 40 ms of every start.
sys.modules.setdefault("httpx._main", None)  # pyright: ignore[reportArgumentType]
