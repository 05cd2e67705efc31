"""A second application, tested with nothing but what e2e/README.md documents: notes behind a sign-in."""
