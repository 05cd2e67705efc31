"""Files up and down: how fast, what memory it takes, and that every byte stays what it was."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import socket
import threading
import time
from functools import partial
from pathlib import Path
from typing import Any

from .client import Answer, Client, head, request
from .server import Clubroom
from .table import row, title, turns

BLOCK = 1 << 17
BOUNDARY = "----bench"
START = (
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="large.bin"\r\n'
    "Content-Type: application/octet-stream\r\n\r\n"
).encode()
END = f"\r\n--{BOUNDARY}--\r\n".encode()


class Large:
    """A file to send, of bytes that can't be compressed, and its SHA-256."""

    def __init__(self, path: Path, size: int) -> None:
        self.path, self.size = path, size
        digest = hashlib.sha256()
        with path.open("wb") as file:
            for _ in range(size >> 20):
                block = os.urandom(1 << 20)
                digest.update(block)
                file.write(block)
        self.sha256 = digest.hexdigest()


def up_and_down(club: Clubroom, cookie: str, large: Large, rounds: int) -> None:
    title(f"A file of {large.size >> 20} MiB")
    kept: list[str] = []
    watch = Watch(club)
    with watch:
        ours, theirs = turns(rounds, partial(_upload, club, cookie, large, kept), partial(_copy, large))
    row("upload", ours, "MB/s", theirs, "plain copy with SHA-256 and fsync")
    row("memory it takes at its peak", watch.peak - watch.before, "MB")
    row("memory it leaves taken", club.memory() - watch.before, "MB")
    path = f"/api/uploads/{kept[0]}/content"
    with watch:
        ours, theirs = turns(rounds, partial(_download, club, cookie, path, large), partial(_loopback, large))
    row("download", ours, "MB/s", theirs, "sendfile through a local socket")
    row("memory it takes at its peak", watch.peak - watch.before, "MB")
    _abort(club, cookie, large)
    row("aborted half-way: files left behind", 0, "")
    _kill(club, cookie, large)
    row("killed at the answer: bytes that differ", 0, "")


def _send(client: Client, cookie: str, large: Large, portion: int) -> None:
    length = len(START) + large.size + len(END)
    client.socket.sendall(head("/api/upload", cookie, "POST", length, f"multipart/form-data; boundary={BOUNDARY}"))
    client.socket.sendall(START)
    with large.path.open("rb") as file:
        client.socket.sendfile(file, count=portion)


def _uploaded(club: Clubroom, cookie: str, large: Large) -> dict[str, Any]:
    """Upload it; what the server says of it is checked."""
    with Client(club.port) as client:
        _send(client, cookie, large, large.size)
        client.socket.sendall(END)
        answer = client.hear()
    said: dict[str, Any] = json.loads(answer.body)
    _expect(answer.status == 200, f"The upload was answered with {answer.status}.")
    _expect((said["size"], said["sha256"]) == (large.size, large.sha256), "What was uploaded is not what is kept.")
    return said


def _upload(club: Clubroom, cookie: str, large: Large, kept: list[str]) -> float:
    began = time.perf_counter()
    said = _uploaded(club, cookie, large)
    took = time.perf_counter() - began
    kept.append(said["id"])
    return large.size / took / 1e6


def _copy(large: Large) -> float:
    """What an upload has to do, without a server: read, hash, write, and make it durable."""
    began = time.perf_counter()
    target, digest = large.path.with_suffix(".copy"), hashlib.sha256()
    with large.path.open("rb", buffering=0) as source, target.open("wb", buffering=0) as file:
        while block := source.read(BLOCK):
            digest.update(block)
            file.write(block)
        os.fsync(file.fileno())
    took = time.perf_counter() - began
    target.unlink()
    return large.size / took / 1e6


def _download(club: Clubroom, cookie: str, path: str, large: Large) -> float:
    with Client(club.port) as client:
        began = time.perf_counter()
        client.socket.sendall(request(path, cookie))
        return _received(client.socket, large, began)


def _loopback(large: Large) -> float:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def give() -> None:
            connection, _ = server.accept()
            with connection, large.path.open("rb") as file:
                connection.sendfile(file)

        giving = threading.Thread(target=give)
        giving.start()
        with socket.create_connection(server.getsockname()) as connection:
            speed = _received(connection, large, time.perf_counter())
        giving.join()
    return speed


def _received(connection: socket.socket, large: Large, began: float) -> float:
    buffer, received = bytearray(1 << 20), 0
    while received < large.size and (count := connection.recv_into(buffer)):
        received += count
    _expect(received >= large.size, "The download ended early.")
    return received / (time.perf_counter() - began) / 1e6


def _abort(club: Clubroom, cookie: str, large: Large) -> None:
    """Hang up in the middle of a body: nothing may stay."""
    before = _stored(club)
    with Client(club.port) as client:
        _send(client, cookie, large, large.size // 2)
    until = time.monotonic() + 10
    while _stored(club) != before and time.monotonic() < until:
        time.sleep(0.05)
    _expect(_stored(club) == before, "An aborted upload left something behind.")


def _stored(club: Clubroom) -> set[str]:
    return {path.name for path in (club.data / "files").rglob("*") if path.is_file()}


def _kill(club: Clubroom, cookie: str, large: Large) -> None:
    """Cut the power, as it were, when the answer is there: the file must be there too, whole."""
    said = _uploaded(club, cookie, large)
    club.stop(signal.SIGKILL)
    club.start()
    with Client(club.port) as client:
        answer: Answer = client.ask(request(said["url"], cookie))
    _expect(
        hashlib.sha256(answer.body).hexdigest() == large.sha256, "A file was lost or torn when the server was killed."
    )


def _expect(fact: bool, complaint: str) -> None:
    if not fact:
        raise SystemExit(complaint)


class Watch:
    """Looks at a server's memory while something happens."""

    def __init__(self, club: Clubroom) -> None:
        self.club = club
        self.before = self.peak = 0.0

    def __enter__(self) -> None:
        self.before = self.peak = self.club.memory()
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._look)
        self.thread.start()

    def _look(self) -> None:
        while not self.over.wait(0.1):
            self.peak = max(self.peak, self.club.memory())

    def __exit__(self, *error: object) -> None:
        self.over.set()
        self.thread.join()
