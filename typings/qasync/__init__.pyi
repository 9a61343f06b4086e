"""What we use of qasync 0.28, which ships no types."""

import asyncio
from concurrent.futures import Executor

from PySide6.QtWidgets import QApplication

class QEventLoop(asyncio.SelectorEventLoop):
    def __init__(self, app: QApplication | None = None) -> None: ...
    def set_default_executor(self, executor: Executor | None) -> None: ...
