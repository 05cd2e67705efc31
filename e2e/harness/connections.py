"""Hanging up on a browser in the middle of a request, from a WSGI application that is never shown its
connection.

The kernel knows which one it is: the connection where something came in last, and nothing went out since.
Linux only.
"""

import os
import socket
import struct
from typing import NamedTuple


class _Seen(NamedTuple):
    number: int
    sent_ago: int
    received_ago: int
    answers: int


def hang_up(port: int) -> bool:
    """Cut the connection to this port that waits for its answer. Answers whether it was a fresh one: from a
    connection used before, a browser takes that for bad luck and asks again by itself."""
    waiting = max(
        _established(port),
        key=lambda one: (not one.answers, one.sent_ago - one.received_ago, -one.received_ago),
    )
    with socket.socket(fileno=os.dup(waiting.number)) as connection:
        connection.shutdown(socket.SHUT_RDWR)
    return not waiting.answers


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
            if received:
                found.append(_Seen(int(name), sent_ago, received_ago, sent))
    return found
