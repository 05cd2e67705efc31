"""A small Flask application of the usual kind: signed session cookies, SQLAlchemy, a page with a little
JavaScript."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask import Flask, Response, abort, jsonify, redirect, render_template, request, session
from flask.typing import ResponseReturnValue
from sqlalchemy import (
    Column,
    DateTime,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    delete,
    insert,
    select,
)

metadata = MetaData()
notes = Table(
    "notes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person", String, nullable=False),
    Column("text", String, nullable=False),
    Column("written", DateTime(timezone=True), nullable=False),
)
KEPT = timedelta(days=7)


def create_app() -> Flask:
    app = Flask(__name__, root_path=str(Path(__file__).parent))
    app.secret_key = os.environ["NOTES_SECRET"]
    engine = app.extensions["engine"] = create_engine(os.environ["NOTES_DATABASE"])

    def who() -> str:
        if "person" not in session:
            abort(401)
        person: str = session["person"]
        return person

    @app.get("/")
    def home() -> ResponseReturnValue:
        if "person" not in session:
            return redirect("/sign-in")
        return render_template("notes.html", person=session["person"])

    @app.route("/sign-in", methods=["GET", "POST"])
    def sign_in() -> ResponseReturnValue:
        if request.method == "POST" and request.form["password"] == "open sesame":
            session["person"] = request.form["name"]
            return redirect("/")
        return render_template("sign_in.html", refused=request.method == "POST")

    @app.get("/notes")
    def listed() -> ResponseReturnValue:
        mine = select(notes).where(notes.c.person == who()).order_by(notes.c.id)
        with engine.connect() as connection:
            rows = connection.execute(mine)
            return jsonify([{"id": row.id, "text": row.text, "written": row.written.isoformat()} for row in rows])

    @app.post("/notes")
    def add() -> ResponseReturnValue:
        note = {"person": who(), "text": request.get_json()["text"], "written": datetime.now(UTC)}
        with engine.begin() as connection:
            connection.execute(insert(notes).values(note))
        return {}, 201

    @app.delete("/notes/<int:number>")
    def remove(number: int) -> ResponseReturnValue:
        with engine.begin() as connection:
            connection.execute(delete(notes).where(notes.c.id == number, notes.c.person == who()))
        return "", 204

    @app.get("/ready")
    def ready() -> ResponseReturnValue:
        return {}

    @app.after_request
    def headers(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = "default-src 'self'; require-trusted-types-for 'script'"
        return response

    return app


def forget_old_notes(app: Flask) -> None:
    """The application's background job."""
    with app.extensions["engine"].begin() as connection:
        connection.execute(delete(notes).where(notes.c.written < datetime.now(UTC) - KEPT))
