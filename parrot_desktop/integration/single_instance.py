"""One window per data folder: a second start hands its arguments to the first and ends."""

from __future__ import annotations

import getpass
import hashlib
import logging
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

log = logging.getLogger(__name__)

_MAX_MESSAGE = 64_000
_CONNECT_MS = 300
_ANSWER_MS = 2_000


def hand_over(data_dir: Path, arguments: Sequence[str]) -> bool:
    """Gives the arguments to the instance that runs on this data folder; False where none answers."""
    socket = QLocalSocket()
    socket.connectToServer(_name(data_dir))
    if not socket.waitForConnected(_CONNECT_MS):
        return False
    socket.write(msgspec.json.encode(list(arguments)) + b"\n")
    # The answer says that it was read: an instance that hangs must not swallow a start.
    return socket.waitForReadyRead(_ANSWER_MS)


class SingleInstance(QObject):
    """Listens for later starts. ``started_again`` carries their arguments."""

    started_again = Signal(list)

    def __init__(self, data_dir: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._accept)
        self._waiting: dict[QLocalSocket, bytes] = {}
        name = _name(data_dir)
        if not self._server.listen(name):
            # A crash leaves the name behind on Unix; nobody answered on it, or we would not be here.
            QLocalServer.removeServer(name)
            if not self._server.listen(name):
                log.warning("later starts cannot be handed over: %s", self._server.errorString())

    def close(self) -> None:
        self._server.close()

    def _accept(self) -> None:
        while self._server.hasPendingConnections():
            socket = self._server.nextPendingConnection()
            self._waiting[socket] = b""
            socket.readyRead.connect(lambda socket=socket: self._read(socket))
            socket.disconnected.connect(lambda socket=socket: self._drop(socket))
            self._read(socket)

    def _read(self, socket: QLocalSocket) -> None:
        if socket not in self._waiting:
            return
        self._waiting[socket] += bytes(socket.readAll().data())
        line, separator, _ = self._waiting[socket].partition(b"\n")
        if not separator:
            if len(line) > _MAX_MESSAGE:
                socket.abort()
            return
        try:
            arguments = msgspec.json.decode(line, type=list[str])
        except msgspec.DecodeError as error:
            log.warning("a start that cannot be understood was refused: %s", error)
            socket.abort()
            return
        socket.write(b"ok\n")
        socket.flush()
        self._waiting[socket] = b""
        self.started_again.emit(arguments)

    def _drop(self, socket: QLocalSocket) -> None:
        self._waiting.pop(socket, None)
        socket.deleteLater()


def _name(data_dir: Path) -> str:
    """One name a person and data folder: a socket's name has to be short."""
    whole = f"{getpass.getuser()}\0{data_dir.resolve()}"
    return f"parrot-{hashlib.blake2b(whole.encode(), digest_size=10).hexdigest()}"
