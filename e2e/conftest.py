"""The harness for every test below; which application it runs is said here, or in a folder's own conftest."""

pytest_plugins = ["e2e.harness.plugin"]
