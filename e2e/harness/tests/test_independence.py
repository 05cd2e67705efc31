"""The harness can be copied into any project: it knows nothing of this one."""

import tomllib
from pathlib import Path

HARNESS = Path(__file__).parents[1]


def test_no_file_names_the_project_or_imports_from_it() -> None:
    project = tomllib.loads((HARNESS.parents[1] / "pyproject.toml").read_text())["project"]["name"]
    strangers = [project, "from backend", "import backend"]
    files = [path for path in HARNESS.rglob("*") if path.suffix in (".py", ".js", ".html") and path != Path(__file__)]
    assert len(files) > 30
    assert [path for path in files if any(one in path.read_text(encoding="utf-8").lower() for one in strangers)] == []
