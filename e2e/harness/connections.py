"""Hanging up on a browser in the middle of a request, from a WSGI application that is never shown its
connection.

The kernel knows which one it is: the connection where something came in last, and nothing went out since.
Linux only.
"""

import contextlib
import os
import socket
import struct
import sys
import time
from collections.abc import Iterator
from typing import NamedTuple

CLOSED, LISTENING = 7, 10  # of the kernel's states of a socket
ON_ITS_WAY = 1.0  # seconds from when the application has answered to when the server has sent it, at most
ORDERS = ("127.0.0.2", 0) if sys.platform == "linux" else None
"""Where the tests' own connections come from, which no browser's does: these are never cut."""


class _Seen(NamedTuple):
    number: int
    sent_ago: int
    received_ago: int
    received: int
    answers: int

    @property
    def waits(self) -> bool:
        """Something came in, and nothing went out since."""
        return self.received > 0 and (not self.answers or self.sent_ago > self.received_ago)


def hang_up(port: int) -> bool:
    """Cut the connection to this port that waits for its answer. Answers whether it was a fresh one: from a
    connection used before, a browser takes that for bad luck and asks again by itself."""
    until = time.monotonic() + ON_ITS_WAY
    while sum(one.waits for one in _established(port)) > 1 and time.monotonic() < until:
        os.sched_yield()  # what the application has answered may be on its way to the connection
    waiting = max(
        (one for one in _established(port) if one.received),
        key=lambda one: (not one.answers, one.sent_ago - one.received_ago, -one.received_ago),
        default=None,
    )
    if waiting is None:  # the browser has hung up itself
        return True
    _cut(waiting)
    return not waiting.answers


def hang_up_idle(port: int) -> None:
    """Cut every connection to this port on which no answer is waited for. A browser keeps some that it has not
    used yet, and asks again by itself from these, too; what it asks next needs a new one."""
    while _has_callers(port):
        os.sched_yield()  # one that the server has not taken yet cannot be cut
    for one in _established(port):
        if not one.waits:
            _cut(one)


def _cut(one: _Seen) -> None:
    with socket.socket(fileno=os.dup(one.number)) as connection, contextlib.suppress(OSError):  # it is gone already
        connection.shutdown(socket.SHUT_RDWR)


def _has_callers(port: int) -> bool:
    """Whether somebody has connected to this port whom the server has not taken yet."""
    for _, connection in _sockets(port):
        state = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 160)
        (callers,) = struct.unpack_from("=I", state, 24)
        if state[0] == LISTENING and callers:
            return True
    return False


def _established(port: int) -> list[_Seen]:
    found = []
    for number, connection in _sockets(port):
        state = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 160)
        if state[0] not in (CLOSED, LISTENING):
            sent_ago, _, received_ago = struct.unpack_from("=3I", state, 44)
            received, sent = struct.unpack_from("=2I", state, 152)
            with contextlib.suppress(OSError):  # it is gone already
                if not ORDERS or connection.getpeername()[0] != ORDERS[0]:
                    found.append(_Seen(number, sent_ago, received_ago, received, sent))
    return found


def _sockets(port: int) -> Iterator[tuple[int, socket.socket]]:
    """A copy of each socket that this process has on this port, with the number of the original; closed afterwards."""
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
            if connection.type == socket.SOCK_STREAM and connection.getsockname()[1] == port:
                yield int(name), connection
