"""Bytes of strangers as images: only kinds that are pictures, and none that would fill the memory."""

from __future__ import annotations

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QSize, Qt
from PySide6.QtGui import QImage, QImageReader

KINDS = {b"png", b"jpeg", b"gif", b"bmp", b"webp"}
"""No SVG: it can refer to other files."""
MAX_SIDE = 2_400
MAX_PIXELS = 80_000_000


def decode_image(data: bytes) -> QImage | None:
    """The picture, scaled down where it is huge; None where it is none, of another kind, or too large to be read."""
    buffer = QBuffer()
    buffer.setData(QByteArray(data))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer)
    reader.setDecideFormatFromContent(True)
    reader.setAutoTransform(True)
    if bytes(reader.format().data()) not in KINDS:
        return None
    size = reader.size()
    if not size.isValid() or size.width() * size.height() > MAX_PIXELS:
        return None
    if max(size.width(), size.height()) > MAX_SIDE:
        reader.setScaledSize(size.scaled(QSize(MAX_SIDE, MAX_SIDE), Qt.AspectRatioMode.KeepAspectRatio))
    image = reader.read()
    return None if image.isNull() else image
