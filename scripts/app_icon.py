"""Draws installers/icons/ from resources/icons/parrot.svg: .ico for Windows, .icns for macOS, .png for Linux.

Both containers hold PNG images as they are, so a few header fields are all there is to write; Qt's own
writers put a single size into a file.
"""

import struct
import sys
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, Qt
from PySide6.QtGui import QGuiApplication, QImage, QImageWriter, QPainter
from PySide6.QtSvg import QSvgRenderer

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "resources" / "icons" / "parrot.svg"
TARGET = ROOT / "installers" / "icons"

ICO_SIZES = (16, 20, 24, 32, 40, 48, 64, 128, 256)
# Apple's four-letter types of the PNG entries, with the side in pixels; ic11 to ic14 are the @2x ones.
ICNS_TYPES = {
    b"icp4": 16,
    b"icp5": 32,
    b"ic11": 32,
    b"ic12": 64,
    b"ic07": 128,
    b"ic13": 256,
    b"ic08": 256,
    b"ic14": 512,
    b"ic09": 512,
    b"ic10": 1024,
}
PNG_SIZE = 256


def png(renderer: QSvgRenderer, side_px: int) -> bytes:
    """The icon at one size, on a transparent ground."""
    image = QImage(side_px, side_px, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    renderer.render(painter)
    painter.end()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QImageWriter(buffer, b"png")
    if not writer.write(image):
        raise OSError(f"a PNG of {side_px} pixels: {writer.errorString()}")
    return bytes(buffer.data().data())


def ico(renderer: QSvgRenderer) -> bytes:
    """ICONDIR, one ICONDIRENTRY a size, then the images; a side of 256 is written as 0."""
    images = [png(renderer, side) for side in ICO_SIZES]
    offset = 6 + 16 * len(images)
    entries: list[bytes] = []
    for side, image in zip(ICO_SIZES, images, strict=True):
        entries.append(struct.pack("<BBBBHHII", side % 256, side % 256, 0, 0, 1, 32, len(image), offset))
        offset += len(image)
    return struct.pack("<HHH", 0, 1, len(images)) + b"".join(entries) + b"".join(images)


def icns(renderer: QSvgRenderer) -> bytes:
    """Magic and whole length, then type, length (header counted) and image for each entry."""
    entries = [(kind, png(renderer, side)) for kind, side in ICNS_TYPES.items()]
    body = b"".join(struct.pack(">4sI", kind, len(image) + 8) + image for kind, image in entries)
    return struct.pack(">4sI", b"icns", len(body) + 8) + body


def main() -> int:
    application = QGuiApplication(sys.argv)
    renderer = QSvgRenderer(str(SOURCE))
    if not renderer.isValid():
        print(f"{SOURCE} is no SVG that Qt can draw", file=sys.stderr)
        return 1
    TARGET.mkdir(parents=True, exist_ok=True)
    for name, content in {
        "parrot.ico": ico(renderer),
        "parrot.icns": icns(renderer),
        "parrot.png": png(renderer, PNG_SIZE),
    }.items():
        (TARGET / name).write_bytes(content)
        print((TARGET / name).relative_to(ROOT), len(content))
    del renderer, application
    return 0


if __name__ == "__main__":
    sys.exit(main())
