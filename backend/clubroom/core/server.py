"""Starting granian from Python: several processes, many threads in each (see `core/gate.py`), and the worker that does
the jobs.

The app is made before the processes fork, so they share its memory and are there at once; nothing is open yet that
must not be shared.
"""

from __future__ import annotations

import errno
import gc
import mmap
import multiprocessing
import os
import resource
import signal
import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from . import frontend, gate, jobs

if TYPE_CHECKING:
    from flask import Flask

    from ..settings import Settings


CONNECTIONS = 2048  # open at once in each process; most do nothing
OTHER_FILES = 512  # that a process may have open besides: databases, uploads, what the program stands on
HEAD = 65_536  # bytes of a request before its body
SILENCE = 30  # seconds that a connection may be open without a request


class PortTaken(Exception):
    """Something else listens on the port."""


def place_of(host: str, port: int) -> tuple[socket.AddressFamily, str]:
    """Where to listen for a host: granian takes no names. Raises OSError or UnicodeError where there is none such."""
    family, *_, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    return family, str(place[0])


def check_port(host: str, port: int) -> None:
    """Raises PortTaken, or OSError or UnicodeError where there is no such address."""
    family, address = place_of(host, port)
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
            probe.listen(1)
        except PermissionError:
            raise PortTaken(
                f"Port {port} may only be used by root. Choose one above 1023 with --port or CLUBROOM_PORT."
            ) from None
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                raise
            raise PortTaken(
                f"Port {port} on {host} can't be used ({error.strerror}). Choose another with --port or CLUBROOM_PORT."
            ) from None


def serve(app: Flask, settings: Settings) -> None:
    """Serve `app` until SIGTERM or Ctrl-C; what is in flight is finished, and what only waits, by `ending`, at once."""
    from granian.constants import HTTPModes, Interfaces
    from granian.http import HTTP1Settings
    from granian.server import Server

    frontend.forget_older(frontend.copies(settings))
    ending = mmap.mmap(-1, 1)  # a byte that all processes see, and none can leave locked

    class TellingServer(Server):  # type: ignore[valid-type,misc]
        def shutdown(self, exit_code: int = 0) -> None:
            ending[0] = 1
            super().shutdown(exit_code)

    app.extensions["ending"] = lambda: ending[0] == 1
    multiprocessing.set_start_method("fork", force=True)
    server = TellingServer(
        "clubroom",
        address=place_of(settings.host, settings.port)[1],
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.workers,
        blocking_threads=gate.THREADS,
        backpressure=room_for_connections(),
        http=HTTPModes.http1,  # trying which version a client means would wait for ever for one that says nothing
        http1_settings=HTTP1Settings(header_read_timeout=SILENCE * 1000, max_buffer_size=HEAD),
        log_enabled=False,
        respawn_failed_workers=True,
        workers_kill_timeout=30,
        process_name=None,
    )

    main = os.getpid()

    def load() -> Flask:
        # Ctrl-C reaches every process of the terminal. One of granian's workers that gets its SIGTERM after it hangs
        # until it is killed, so workers hear only the SIGTERM.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        # Until granian listens, a SIGTERM would only tell this copy of the server's own handler, and be lost.
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        if server.interrupt_signal:
            os._exit(0)
        threading.Thread(target=_end_with, args=(main,), daemon=True).start()
        return app

    gc.freeze()  # the collector would write to what the processes share
    gc.enable()
    # A terminal that goes away tells every process. granian's load the app anew then; who does the jobs goes on, as
    # nobody would start another.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    worker = multiprocessing.Process(target=keep_working, args=(app, main), name="clubroom-worker")
    worker.start()
    try:
        server.serve(target_loader=load, wrap_loader=False)
    finally:
        end(worker, 15)


def room_for_connections() -> int:
    """How many connections each process may have open, having raised what the system allows it.

    Those beyond are not heard at all, so it takes many silent ones to keep the others out.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS + OTHER_FILES
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft < allowed:
        with suppress(ValueError, OSError):  # a system that says yes and means less
            resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
            soft = allowed
    return max(gate.THREADS, min(soft, wanted) - OTHER_FILES)


def keep_working(app: Flask, parent: int) -> None:
    """Have jobs done by a child, and by another when that one dies; until SIGTERM or Ctrl-C, or `parent` is gone."""
    stop = stop_asked()
    while not stop.is_set():
        child = multiprocessing.Process(target=work_until_told, args=(app, os.getpid()))
        child.start()
        while child.is_alive() and not stop.wait(0.5):
            if os.getppid() != parent:
                stop.set()
        stop.wait(1)  # one that dies at once must not take all of the machine
        end(child, 10)


def end(process: multiprocessing.Process, patience: float) -> None:
    """Ask a process to end, and end it after `patience` seconds: the exit would wait for it for ever."""
    process.terminate()
    process.join(patience)
    process.kill()


def stop_asked() -> threading.Event:
    """Is set by SIGTERM or Ctrl-C.

    A thread waits for them, because Ctrl-C and whoever started this process say so nearly at once: a handler would run
    in the middle of anything, and one that meets the event half set waits for its lock for ever.
    """
    stop, signals = threading.Event(), {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)

    def listen() -> None:
        signal.sigwait(signals)
        stop.set()

    threading.Thread(target=listen, daemon=True).start()
    return stop


def work_until_told(app: Flask, parent: int | None = None) -> None:
    """Do jobs until SIGTERM or Ctrl-C, or until the process that started this one is gone."""
    stop = stop_asked()
    if parent is not None:
        threading.Thread(target=_watch, args=(parent, stop), daemon=True).start()
    jobs.work(app, stop)


def _end_with(parent: int) -> None:
    """End this process when its parent is gone, however that ended: nobody else would stop it or free the port."""
    _watch(parent, threading.Event())
    os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait(10)
    os._exit(1)


def _watch(parent: int, stop: threading.Event) -> None:
    """Wait until this process has another parent, and set `stop`; or until somebody else does."""
    while not stop.wait(1):
        if os.getppid() != parent:
            stop.set()
