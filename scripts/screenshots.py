"""Draws the pictures of README and docs anew: the real application on the real server, over the sample workspace.

    make screenshots

The sample fills itself (some seconds), and its clock is now: titles and figures stay, times move.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from parrot_client.client import Client
from parrot_client.local_server import find_or_start
from parrot_client.sample import SERVE_ARGUMENTS, sample_data_dir, sample_environment
from parrot_wire.query import Filter
from parrot_wire.values import Kind

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "docs" / "images"
SIZE = "1360x860"


def draw(data_dir: Path, name: str, *more: str) -> None:
    """One picture of the sample in a data directory. Raises CalledProcessError where it did not come out."""
    path = TARGET / f"{name}.png"
    subprocess.run(
        [
            sys.executable,
            "-m",
            "parrot_desktop",
            "--sample",
            f"--data-dir={data_dir}",
            f"--screenshot={path}",
            f"--size={SIZE}",
            *more,
        ],
        check=True,
        cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
    )


def fill(data_dir: Path) -> None:
    """Loads the sample's history, so that the pictures are drawn while nothing loads."""
    folder = sample_data_dir(data_dir)
    subprocess.run(
        [sys.executable, "-m", "parrot_server", "simulate", "--once", f"--data-dir={folder}"], check=True, cwd=ROOT
    )


async def newest_run(data_dir: Path) -> str:
    """The id of the run that the pictures are about: the first one of the sample."""
    folder = sample_data_dir(data_dir)
    server = await find_or_start(folder, arguments=SERVE_ARGUMENTS, environment=sample_environment())
    try:
        async with Client(server.info.url, server.info.token) as client:
            page = await client.sessions(Filter(kinds=frozenset({Kind.FLOW})), limit=1)
            return page.items[0].id
    finally:
        await server.close()


def main() -> None:
    TARGET.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="parrot-pictures-") as folder:
        data_dir = Path(folder)
        fill(data_dir)
        draw(data_dir, "main-dark", "--theme=dark")
        draw(data_dir, "main-light", "--theme=light")
        draw(data_dir, "session-dark", "--theme=dark", f"--session={asyncio.run(newest_run(data_dir))}")


if __name__ == "__main__":
    main()
