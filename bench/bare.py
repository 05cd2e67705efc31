"""The limit of what any application behind granian can do here: one that only answers, with as many processes and
threads as Clubroom has.
"""

from __future__ import annotations

import argparse
import multiprocessing
from typing import TYPE_CHECKING

from clubroom.core import gate
from clubroom.settings import Settings
from granian.constants import Interfaces
from granian.server import Server

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


def application(size: int) -> WSGIApplication:
    body = [b" " * size]
    headers = [("Content-Type", "application/json"), ("Content-Length", str(size))]

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        start_response("200 OK", headers)
        return body

    return answer


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("size", type=int)
    parser.add_argument("--port", type=int)
    given = parser.parse_args()
    multiprocessing.set_start_method("fork", force=True)
    server = Server(
        "bare",
        port=given.port,
        interface=Interfaces.WSGI,
        workers=Settings.load({}).workers,
        blocking_threads=gate.THREADS,
        backpressure=gate.THREADS * 4,
        log_enabled=False,
    )
    server.serve(target_loader=lambda: application(given.size), wrap_loader=False)


if __name__ == "__main__":
    main()
