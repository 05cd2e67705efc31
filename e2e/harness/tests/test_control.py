"""What is ordered happens once, as ordered."""

import http.client
import select

from e2e.harness.remote import Control
from e2e.harness.server import Server


def test_a_spoilt_answer_waits_for_the_body_and_leaves_the_connection_open(server: Server, control: Control) -> None:
    control.answer(503, "/clean", method="POST")
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.putrequest("POST", "/clean")
    connection.putheader("Content-Length", "2")
    connection.endheaders()
    kept = connection.sock
    assert select.select([kept], [], [], 0.2) == ([], [], []), "The answer came before the body"
    connection.send(b"{}")
    assert connection.getresponse().read() == b""
    connection.request("GET", "/clean")
    assert connection.getresponse().status == 200
    assert connection.sock is kept
    connection.close()
