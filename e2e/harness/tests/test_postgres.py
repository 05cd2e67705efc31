"""A PostgreSQL database as new: what tables of any kind hold, in any order, and what cannot be put back."""

import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from e2e.harness.database import PostgreSQL
from e2e.harness.postgres import address
from e2e.harness.server import NotReadyError

from .inner import ROOT

BUILT = """
CREATE TABLE a_note (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, person int NOT NULL, text text,
  loud text GENERATED ALWAYS AS (upper(text)) STORED);
CREATE TABLE people (id serial PRIMARY KEY, name text);
ALTER TABLE a_note ADD FOREIGN KEY (person) REFERENCES people;
INSERT INTO people (name) VALUES ('Ada');
INSERT INTO a_note (person, text) VALUES (1, 'milk');
CREATE SCHEMA "Kept Apart";
CREATE TABLE "Kept Apart"."Order" ("Number" int);
"""
ALL = """SELECT (SELECT json_agg(people) FROM people), (SELECT json_agg(a_note) FROM a_note),
  (SELECT json_agg(kept) FROM "Kept Apart"."Order" kept), nextval('people_id_seq'), nextval('a_note_id_seq')"""


def test_all_rows_and_numbers_are_as_built_unless_a_transaction_has_no_end() -> None:
    url = address()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(BUILT)
        database = PostgreSQL(url.replace("://", "+psycopg2://"))
        before = connection.execute(ALL).fetchone()
        connection.execute("""DELETE FROM a_note; UPDATE people SET name = 'Ben'; INSERT INTO people DEFAULT VALUES;
            INSERT INTO a_note (person) VALUES (1); INSERT INTO "Kept Apart"."Order" VALUES (7)""")
        for change in ("UPDATE people SET name = 'Cleo'", "INSERT INTO people (name) VALUES ('Cleo')"):
            with connection.transaction():
                connection.execute(change)
                with pytest.raises(NotReadyError, match=r"is locked: .* a transaction that nobody ends"):
                    database.reset(0.1)
        database.reset(10)
        assert connection.execute(ALL).fetchone() == before
        database.close()


def test_a_server_ends_with_the_process_that_asked_for_it_however_that_one_ends() -> None:
    asking = "from e2e.harness.postgres import address; print(address(), flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", asking], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as asked:
        assert asked.stdout
        folder = Path(asked.stdout.readline().strip().partition("?host=")[2])
        assert (folder / "postmaster.pid").exists()
        asked.kill()
    while folder.exists():
        pass
