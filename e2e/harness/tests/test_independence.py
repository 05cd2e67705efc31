"""The harness can be copied into any project: it knows nothing of this one, and its documentation is enough."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import entry_points
from pathlib import Path
from textwrap import dedent

from .inner import run_pytest

HARNESS = Path(__file__).parents[1]
DOCUMENTATION = (HARNESS.parent / "README.md").read_text(encoding="utf-8")
NAMESAKES = """
import pytest

from e2e.harness.plugin import started


@pytest.fixture
def server():
    return "a server of its own"


@pytest.fixture
def watch():
    return "a watch of its own"


class TestOwn:
    @pytest.fixture
    def browser(self):
        return "a browser of its own"

    def test_own(self, server, browser, request):
        assert (server, browser) == ("a server of its own", "a browser of its own")
        assert not request.config.stash[started]


def test_page(page, control, server, watch):
    page.goto("/clean")
    assert control.in_flight() == []
    assert (server, watch) == ("a server of its own", "a watch of its own")
"""
PROJECT = tomllib.loads((HARNESS.parents[1] / "pyproject.toml").read_text())["project"]["name"]
NOTES = """
import os

from flask import Flask, redirect, render_template_string, request, session
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

PAGE = '''<!doctype html><html lang=en><title>Notes of {{ person }}</title>
<form method=post><label>New note <input name=text></label><button>Add</button></form>
<ul>{% for note in notes %}<li>{{ note.text }}</li>{% endfor %}</ul>'''


class Base(DeclarativeBase):
    pass


db = SQLAlchemy(model_class=Base)


class Note(db.Model):
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]


def create_app():
    app = Flask(__name__)
    app.config.update(SQLALCHEMY_DATABASE_URI=os.environ["DATABASE_URL"], SECRET_KEY=os.environ["SECRET_KEY"])
    db.init_app(app)

    @app.route("/", methods=["GET", "POST"])
    def home():
        if request.method == "POST":
            db.session.add(Note(text=request.form["text"]))
            db.session.commit()
            return redirect("/")
        return render_template_string(PAGE, person=session.get("person"), notes=db.session.scalars(db.select(Note)))

    return app
"""


def test_no_file_names_the_project_or_imports_from_it() -> None:
    strangers = [PROJECT, "from backend", "import backend"]
    files = [path for path in HARNESS.rglob("*") if path.suffix in (".py", ".js", ".html") and path != Path(__file__)]
    assert len(files) > 30
    assert [path for path in files if any(one in path.read_text(encoding="utf-8").lower() for one in strangers)] == []


def test_in_a_project_elsewhere_the_documented_steps_are_all_it_takes(tmp_path: Path) -> None:
    shutil.copytree(HARNESS, tmp_path / "e2e/harness", ignore=shutil.ignore_patterns("tests", "__pycache__"))
    (tmp_path / "e2e/__init__.py").touch()
    (tmp_path / "notes.py").write_text(NOTES)
    (tmp_path / f"{PROJECT}.py").write_text("raise ImportError('Nothing here needs this project.')\n")
    for name, code in documented():
        (tmp_path / name).write_text(code)
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST"))}
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *documented_plugins(), "--setup-show", "-k", "test_notes.py"],
        cwd=tmp_path,
        env=surroundings,
        capture_output=True,
        text=True,
    )
    assert re.search(r"^6 passed, \d+ deselected in ", run.stdout, re.MULTILINE), run.stdout
    assert "SETUP    S app_under_test" in run.stdout.partition("SETUP    S playwright")[0], "The server starts first"


def test_a_project_may_have_fixtures_of_the_same_names(tmp_path: Path) -> None:
    run = run_pytest(tmp_path, NAMESAKES)
    assert run.stdout.splitlines()[-1].startswith("2 passed"), run.stdout


def documented() -> list[tuple[str, str]]:
    """The pieces of Python in the documentation, each with the file that was named last before it."""
    before, *pieces = re.split(r"^ *```python\n(.*?)^ *```$", DOCUMENTATION, flags=re.MULTILINE | re.DOTALL)
    found = []
    for code, after in zip(pieces[::2], pieces[1::2], strict=True):
        found.append((re.findall(r"`([\w/]*(?:conftest|test_\w+)\.py)`", before)[-1], dedent(code)))
        before = after
    return found


def documented_plugins() -> list[str]:
    """What to tell pytest so that it knows the plugins which the documentation installs, and none besides."""
    installed = re.search(r"pip install (pytest .*)", DOCUMENTATION)
    assert installed
    plugins = [one.name for one in entry_points(group="pytest11") if one.dist and one.dist.name in installed[1].split()]
    return ["--disable-plugin-autoload", *(f"-p{name}" for name in plugins)]
