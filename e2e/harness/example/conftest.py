"""All that the harness is told about the notes application."""

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import create_engine

from e2e.harness import App

from .app import metadata

SECRET = "only in tests"


@pytest.fixture(scope="session")
def app_under_test(tmp_path_factory: pytest.TempPathFactory) -> App:
    path = str(tmp_path_factory.mktemp("notes") / "notes.db")
    return notes(path, f"sqlite:///{path}")


def notes(database: str, address: str) -> App:
    def build() -> None:
        engine = create_engine(address)
        metadata.create_all(engine)
        engine.dispose()

    return App(
        factory="e2e.harness.example.app:create_app",
        environment={"NOTES_DATABASE": address, "NOTES_SECRET": SECRET},
        database=database,
        build=build,
        sign_in=signed_cookie,
        ready_path="/ready",
        scripts={"/static/": Path(__file__).parent / "static"},
        jobs="e2e.harness.example.app:forget_old_notes",
    )


def signed_cookie(person: str) -> dict[str, str]:
    """Flask's own session, made without a request."""
    app = Flask(__name__)
    app.secret_key = SECRET
    signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    return {"session": signer.dumps({"person": person})}
