"""One run at a time on a folder, and who it is."""

import fcntl
import json
import os
import socket
from datetime import datetime
from pathlib import Path
from typing import TextIO

from kinefuse.errors import StoreError

__all__ = ["lock_folder"]


def lock_folder(path: Path, folder: Path) -> TextIO:
    """Take the lock file ``path`` of ``folder``; it is released when the returned file is closed.

    The lock goes with the process, however it ends. A second run is refused with the process
    number, the machine and the start of the first.

    Raises
    ------
    StoreError
        Another run has it.
    """
    file = path.open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        who = _identity(file.read())
        file.close()
        raise StoreError(
            f"{folder}: another ingest is writing here{who}; wait for it, or stop it"
        ) from None
    file.truncate(0)
    since = datetime.now().astimezone().isoformat(timespec="seconds")
    json.dump({"pid": os.getpid(), "host": socket.gethostname(), "since": since}, file)
    file.flush()
    return file


def _identity(text: str) -> str:
    try:
        who = json.loads(text)
        return f" (process {who['pid']} on {who['host']}, since {who['since']})"
    except (ValueError, KeyError, TypeError):  # it is just about to write who it is
        return ""
