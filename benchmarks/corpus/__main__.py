"""`python -m benchmarks.corpus DIR --sessions 2000 --bytes 200MB --seed 1 --mix claude`"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from benchmarks.corpus import MIXES, write_corpus

_UNITS = {"KB": 1_000, "MB": 1_000_000, "GB": 1_000_000_000}


def byte_size(words: str) -> int:
    """`200MB` -> 200,000,000."""
    unit = _UNITS.get(words[-2:].upper())
    return int(float(words[:-2]) * unit) if unit else int(words)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.corpus",
        description="Write made-up transcripts with a truth file beside them.",
        epilog="\n".join(f"  {name:8} {mix.about}" for name, mix in MIXES.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--sessions", type=int, default=2_000)
    parser.add_argument("--bytes", type=byte_size, default=200_000_000, dest="size")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mix", choices=MIXES, default="claude")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    truth = write_corpus(
        options.folder, mix=MIXES[options.mix], sessions=options.sessions, size=options.size, seed=options.seed
    )
    total = truth["total"]
    print(
        f"{truth['bytes'] / 1e6:.1f} MB in {truth['files']:,} files and {truth['lines']:,} lines; "
        f"{total['turns']:,} turns, ${total['micros'] / 1e6:,.6f}; written in {time.monotonic() - started:.1f} s"
    )


if __name__ == "__main__":
    main()
