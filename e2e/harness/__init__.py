"""Browser tests for a Flask (or any WSGI) application: a real server, a real browser, a fresh database for
each test.

It knows nothing of the application it tests: a conftest describes that one as an `App`, see e2e/README.md.
"""

from .app import App

__all__ = ["App"]
