"""As many requests as a server can take over kept connections: by wrk where it is installed, else by ourselves."""

from __future__ import annotations

import multiprocessing
import re
import selectors
import shutil
import subprocess
import time

from .client import Client, request

CONNECTIONS = 16
WRK = shutil.which("wrk")
NAME = "wrk" if WRK else "bench/load.py"


def rate(port: int, path: str, cookie: str, seconds: float) -> float:
    """Requests a second, all answered with 200."""
    return _wrk(WRK, port, path, cookie, seconds) if WRK else _own(port, path, cookie, seconds)


def _wrk(wrk: str, port: int, path: str, cookie: str, seconds: float) -> float:
    options = ["-t2", f"-c{CONNECTIONS}", f"-d{seconds:.0f}s", "-H", f"Cookie: {cookie}"]
    said = subprocess.run(  # noqa: S603
        [wrk, *options, f"http://127.0.0.1:{port}{path}"], text=True, stdout=subprocess.PIPE, check=True
    ).stdout
    if re.search(r"Non-2xx|Socket errors", said):
        raise SystemExit(f"{path}: not every request was answered well.\n{said}")
    return float(re.findall(r"Requests/sec: +([\d.]+)", said)[0])


def _own(port: int, path: str, cookie: str, seconds: float) -> float:
    halves = [(port, request(path, cookie), CONNECTIONS // 2, seconds)] * 2
    with multiprocessing.get_context("fork").Pool(2) as pool:
        return sum(pool.starmap(_hammer, halves))


def _hammer(port: int, sent: bytes, connections: int, seconds: float) -> float:
    """Send the next request as soon as an answer is whole: the answers are all alike, so their length tells."""
    clients = [Client(port) for _ in range(connections)]
    first = clients[0].ask(sent)
    whole = len(first.head) + 4 + len(first.body)
    good = b"HTTP/1.1 200"
    waiting = selectors.DefaultSelector()
    for client in clients:
        waiting.register(client.socket, selectors.EVENT_READ, [0])
        client.socket.sendall(sent)
    answered, began = 0, time.perf_counter()
    while time.perf_counter() - began < seconds:
        for key, _ in waiting.select():
            data, got = key.fileobj.recv(65536), key.data  # type: ignore[union-attr]
            if not data or (got[0] == 0 and not data.startswith(good)):
                raise SystemExit(f"Not every request was answered well: {data[:200]!r}")
            got[0] += len(data)
            if got[0] >= whole:
                got[0] = 0
                answered += 1
                key.fileobj.sendall(sent)  # type: ignore[union-attr]
    return answered / (time.perf_counter() - began)
