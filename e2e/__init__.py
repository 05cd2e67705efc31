"""Clubroom in a real browser: one folder a feature, as in the other parts; `harness/` is for any Flask
application."""
