"""A Streamlit server of our own on a free port, with its log kept."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Server:
    """A running server: its address, its process id, and what it has complained about since it was last asked."""

    def __init__(self, url: str, log: Path, process: int):
        self.url = url
        self.log = log
        self.process = process
        self._read = 0

    def complaints(self) -> str:
        """Return what the log has said since the last call, if a traceback or an exception is in it; else nothing."""
        said = self.log.read_text(encoding="utf-8", errors="replace")
        new, self._read = said[self._read :], len(said)
        return new if re.search(r"Traceback|Exception", new) else ""


@contextmanager
def serve(script: Path, folder: Path, log: Path) -> Iterator[Server]:
    """Run `script` with Streamlit in `folder` until the block ends."""
    port = free_port()
    options = {
        "server.port": port,
        "server.address": "127.0.0.1",
        "server.headless": "true",
        "browser.gatherUsageStats": "false",
    }
    command = [sys.executable, "-m", "streamlit", "run", str(script), *(f"--{name}={value}" for name, value in options.items())]
    with log.open("w", encoding="utf-8") as out:
        process = subprocess.Popen(command, cwd=folder, stdout=out, stderr=subprocess.STDOUT, env={**os.environ, "PYTHONUNBUFFERED": "1"})
    try:
        server = Server(f"http://127.0.0.1:{port}", log, process.pid)
        wait_until_healthy(server, process)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_healthy(server: Server, process: subprocess.Popen, seconds: float = 60) -> None:
    """Return when the server answers; raise with its log when it has ended or stays silent."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{server.url}/_stcore/health", timeout=5) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise RuntimeError(f"Streamlit did not start:\n{server.log.read_text(encoding='utf-8', errors='replace')}")
