"""The `clubroom` command as people start it: a server of its own, beside the one of the tests."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

from backend.tests.steps import free_port

CLUBROOM = [sys.executable, "-m", "clubroom"]


@contextlib.contextmanager
def serving(command: str, folder: Path, **settings: str) -> Iterator[str]:
    """The address at which `clubroom <command>`, started in this folder, answers."""
    with free_port() as port:
        url = f"http://localhost:{port}"
        start = [*CLUBROOM, command, "--port", str(port)]
        server = subprocess.Popen(start, cwd=folder, env=environment(settings), stdout=subprocess.DEVNULL)
        try:
            wait_for(f"{url}/readyz", server)
            yield url
        finally:
            server.terminate()
            server.wait()


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """These settings of Clubroom, and none of those that the developer has set."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("CLUBROOM_")}
    return others | {f"CLUBROOM_{name.upper()}": value for name, value in settings.items()}


def wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    while server.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=5):
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(timeout=0.1)
    raise RuntimeError("The server did not start.")
