"""This machine's own server, started before Qt is loaded.

It takes half a second until it answers, about as long as the window takes to load, paint and be ready to ask: started
first, it costs no one's time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from parrot_client.data_dir import default_data_dir
from parrot_client.errors import NoLocalServer
from parrot_client.server_process import may_be_served, spawn
from parrot_desktop.display import has_display
from parrot_desktop.known_workspaces import load_known_workspaces
from parrot_desktop.options import parse_options

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Sequence


def start_early(arguments: Sequence[str]) -> subprocess.Popen[bytes] | None:
    """The server that the window will want; None where it will not, or where one may be running.

    Whatever stands in the way is told when the window asks for its server: nothing is said here.
    """
    options = parse_options(arguments)
    if options.workspace or options.sample or not (options.screenshot or has_display()):
        return None
    folder = options.data_dir or default_data_dir()
    if options.may_hand_over and load_known_workspaces(folder / "desktop").last:
        return None
    try:
        return None if may_be_served(folder) else spawn(folder, options.server_arguments, None)
    except NoLocalServer:
        return None
