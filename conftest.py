"""The harness's plugin, for all tests: pytest takes it only from here, where a run begins that names no folder."""

pytest_plugins = ["e2e.harness.plugin"]
