"""Who calls, and by which scheme. Behind a proxy the owner trusts it is what that says; from anybody else such headers
are ignored. A server that listens on IPv6 sees IPv4 as a part of it: then an address is written as IPv4 all the same.
"""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class TrustedProxies:
    def __init__(self, app: WSGIApplication, trusted: tuple[str, ...]) -> None:
        self.app = app
        self.networks = [ip_network(one) for one in trusted]

    def trusts(self, address: str) -> bool:
        return _is_address(address) and any(ip_address(address) in network for network in self.networks)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Any:
        environ["REMOTE_ADDR"] = _plain(environ.get("REMOTE_ADDR", ""))
        if self.networks and self.trusts(environ["REMOTE_ADDR"]):
            # From the right: the first address that no trusted proxy wrote is the caller's.
            for address in reversed(
                [_plain(one.strip()) for one in environ.get("HTTP_X_FORWARDED_FOR", "").split(",")]
            ):
                if not _is_address(address) or "%" in address:  # whose rest may be anything
                    break
                environ["REMOTE_ADDR"] = address
                if not self.trusts(address):
                    break
            if environ.get("HTTP_X_FORWARDED_PROTO") in ("http", "https"):
                environ["wsgi.url_scheme"] = environ["HTTP_X_FORWARDED_PROTO"]
        return self.app(environ, start_response)


def _plain(address: str) -> str:
    """`192.0.2.7` for `::ffff:192.0.2.7`."""
    return address.removeprefix("::ffff:") if "." in address else address


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
