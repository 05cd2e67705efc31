"""Hanging up on a browser in the middle of a request, from a WSGI application that is never shown its
connection.

The kernel knows which one it is: the connection where something came in last, and nothing went out since.
Linux only.
"""

import contextlib
import os
import socket
import struct
from typing import NamedTuple


class _Seen(NamedTuple):
    number: int
    sent_ago: int
    received_ago: int
    received: int
    answers: int


def hang_up(port: int) -> bool:
    """Cut the connection to this port that waits for its answer. Answers whether it was a fresh one: from a
    connection used before, a browser takes that for bad luck and asks again by itself."""
    waiting = max(
        (one for one in _established(port) if one.received),
        key=lambda one: (not one.answers, one.sent_ago - one.received_ago, -one.received_ago),
    )
    _cut(waiting)
    return not waiting.answers


def hang_up_idle(port: int) -> None:
    """Cut every connection to this port on which no first answer is waited for. A browser keeps some that it has not
    used yet, and asks again by itself from these, too; what it asks next needs a new one."""
    for one in _established(port):
        if one.answers or not one.received:
            _cut(one)


def _cut(one: _Seen) -> None:
    with socket.socket(fileno=os.dup(one.number)) as connection, contextlib.suppress(OSError):  # it is gone already
        connection.shutdown(socket.SHUT_RDWR)


def _established(port: int) -> list[_Seen]:
    found = []
    for name in os.listdir("/proc/self/fd"):
        try:
            if not os.readlink(f"/proc/self/fd/{name}").startswith("socket:"):  # else its copy would stay open
                continue
            connection = socket.socket(fileno=os.dup(int(name)))
        except OSError:  # closed in the meantime
            continue
        with connection:
            if connection.family not in (socket.AF_INET, socket.AF_INET6):  # the others have no port
                continue
            try:
                connection.getpeername()
                if connection.getsockname()[1] != port:
                    continue
                state = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 160)
            except OSError:  # listening, or of another kind
                continue
            sent_ago, _, received_ago = struct.unpack_from("=3I", state, 44)
            received, sent = struct.unpack_from("=2I", state, 152)
            found.append(_Seen(int(name), sent_ago, received_ago, received, sent))
    return found
