"""A client that costs next to nothing: one kept connection, requests made beforehand."""

from __future__ import annotations

import socket
import time
from typing import NamedTuple


def request(path: str, cookie: str = "", method: str = "GET", body: bytes = b"", kind: str = "") -> bytes:
    return head(path, cookie, method, len(body), kind) + body


def head(path: str, cookie: str, method: str, length: int, kind: str) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"Cookie: {cookie}"] if cookie else []
    lines += [f"Content-Length: {length}", f"Content-Type: {kind}"] if kind else []
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


class Answer(NamedTuple):
    status: int
    head: str
    body: bytes

    def header(self, name: str) -> str:
        """A header's value; empty where there is none."""
        found = (line.partition(": ") for line in self.head.split("\r\n"))
        return next((value for key, _, value in found if key.lower() == name), "")


class Client:
    """A connection, from any of this machine's own addresses (all of 127.0.0.0/8)."""

    def __init__(self, port: int, source: str = "127.0.0.1", patience: float = 120) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), patience, (source, 0))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, sent: bytes) -> Answer:
        self.socket.sendall(sent)
        return self.hear()

    def hear(self) -> Answer:
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._more()
        start, _, body = data.partition(b"\r\n\r\n")
        answer = Answer(int(start[9:12]), start.decode("latin-1"), b"")
        missing = int(answer.header("content-length") or 0) - len(body)
        pieces = [body]
        while missing > 0:
            pieces.append(self._more())
            missing -= len(pieces[-1])
        return answer._replace(body=b"".join(pieces))

    def _more(self) -> bytes:
        data = self.socket.recv(1 << 20)
        if not data:
            raise ConnectionError("The server closed the connection.")
        return data

    def time(self, sent: bytes) -> float:
        """How long a good answer takes, in milliseconds."""
        began = time.perf_counter()
        answer = self.ask(sent)
        took = time.perf_counter() - began
        if answer.status != 200:
            raise SystemExit(f"{sent.splitlines()[0].decode()} was answered with {answer.status}")
        return took * 1000

    def close(self) -> None:
        self.socket.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
