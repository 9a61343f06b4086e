"""`parrot serve`."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from parrot_client.data_dir import EXIT_HELD, default_data_dir
from parrot_server import memory

if TYPE_CHECKING:
    import argparse


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1, this machine alone)"
    )
    parser.add_argument("--port", type=_port, default=0, help="port to listen on (default: a free one)")
    parser.add_argument("--database", metavar="URL", help="sqlite:///PATH (default: a file in the data directory)")
    parser.add_argument("--data-dir", type=Path, metavar="DIR", help="default: PARROT_DATA_DIR, or the user's own")
    parser.add_argument(
        "--ready-file", type=Path, metavar="FILE", help="made once requests are served: address, token, pid, version"
    )
    parser.add_argument(
        "--source",
        action="append",
        default=[],
        type=_source,
        metavar="NAME=PATH",
        help="read this tool's files from this folder, and only the tools so named (may repeat)",
    )
    parser.add_argument("--no-local-sources", action="store_true", help="read no tool's files")
    parser.add_argument("--parent-pipe", action="store_true", help="end when standard input closes")
    parser.add_argument(
        "--allow-host", action="append", default=[], metavar="NAME", help="answer to this Host as well (may repeat)"
    )


def run(arguments: argparse.Namespace) -> int:
    memory.begin()
    from parrot_server.commands.leftovers import recover_in_background
    from parrot_server.data_dir import Held
    from parrot_server.listening import CannotListen
    from parrot_server.serve import CannotServe, Options, serve

    logging.basicConfig(
        stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    logging.getLogger("parrot_server").setLevel(logging.INFO)
    if arguments.source and arguments.no_local_sources:
        print("parrot serve: --source and --no-local-sources exclude each other.", file=sys.stderr)
        return 2
    options = Options(
        data_dir=(arguments.data_dir or default_data_dir()).expanduser().absolute(),
        host=arguments.host,
        port=arguments.port,
        database=arguments.database,
        ready_file=arguments.ready_file,
        sources=dict(arguments.source),
        local_sources=not arguments.no_local_sources,
        parent_pipe=arguments.parent_pipe,
        allow_hosts=tuple(arguments.allow_host),
    )

    def ready(url: str) -> None:
        print(url, flush=True)
        memory.collect_seldom()
        recover_in_background(options.data_dir)

    try:
        serve(options, say=ready)
    except (CannotServe, CannotListen, Held, OSError) as error:
        print(f"parrot serve: {error}", file=sys.stderr)
        return EXIT_HELD if isinstance(error, Held) else 1
    return 0


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise ValueError(text)
    return port


def _source(text: str) -> tuple[str, Path]:
    name, found, path = text.partition("=")
    if not (found and name and path):
        raise ValueError(text)
    return name, Path(path).expanduser().absolute()
