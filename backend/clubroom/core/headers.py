"""The security headers of every answer, static files included.

A WSGI layer and not `after_request`, because WhiteNoise answers before Flask is reached. A header the app has set
itself wins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# Nothing inline, nothing from elsewhere; Trusted Types make markup from strings impossible, not only unwanted.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; "
    "font-src 'self'; connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}
# Not "includeSubDomains": what else a club has under its domain may be without HTTPS. Cookies are bound to the host.
HSTS = ("Strict-Transport-Security", "max-age=63072000")


class SecurityHeaders:
    def __init__(self, app: WSGIApplication, https: bool) -> None:
        self.app = app
        self.defaults = [*HEADERS.items(), *([HSTS] if https else [])]
        self.names = frozenset(name.lower() for name, _ in self.defaults)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Any:
        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            given = {name.lower() for name, _ in headers} & self.names
            headers.extend(one for one in self.defaults if one[0].lower() not in given)
            return start_response(status, headers, exc_info)

        return self.app(environ, start)
