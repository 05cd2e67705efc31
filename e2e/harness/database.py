"""A database as new for every test, without making it anew.

SQLite: a copy in memory is poured back into the live file by the backup API, over a connection that stays
open: 1 ms, and readers in the server's pool see it, which they would not when the file was replaced under
them. Dropping and making the tables takes 7 ms and breaks requests under way. PostgreSQL: the rows wait in a
schema of their own and are put back by one call of a function: 3 ms.
"""

import re
import sqlite3
import time
from typing import Protocol

from .app import App
from .server import NotReadyError

TEMPLATE = "e2e_template"


class Database(Protocol):
    tables: int

    def reset(self, patience: float) -> None:
        """Put back what was built. Raises NotReadyError where a lock is held for longer than so many seconds."""

    def close(self) -> None: ...


def built(app: App) -> Database:
    """Build the application's database, and keep how it then was."""
    kind, is_address, _ = app.database.partition("://")
    if is_address and not kind.startswith("postgres"):
        raise NotReadyError(f"App.database is the path of an SQLite file or a postgresql:// address, and no {kind}://.")
    app.build()
    database = PostgreSQL(app.database) if is_address else SQLite(app.database)
    if not database.tables:
        database.close()
        raise NotReadyError(
            f"build() made no table in {app.database}: every row would stay for the next test. Made in another one? "
            "Settings that a module reads as it is imported are those of the first import in this process."
        )
    return database


def _locked(database: str) -> NotReadyError:
    return NotReadyError(
        f"{database} is locked: of the test before, or of build(), a transaction that nobody ends is open"
    )


class SQLite:
    def __init__(self, path: str) -> None:
        self._path = path
        self._live = sqlite3.connect(path, isolation_level=None, timeout=0)  # whoever waits counts the time: `reset`
        self._live.execute("PRAGMA synchronous = OFF")  # what is put back need not survive a power cut
        self._template = sqlite3.connect(":memory:")
        self._live.backup(self._template)
        (self.tables,) = self._template.execute("SELECT count(*) FROM sqlite_master").fetchone()

    def reset(self, patience: float) -> None:
        until = time.monotonic() + patience

        def step(status: int, _remaining: int, _total: int) -> None:  # else it would try for ever
            if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) and time.monotonic() > until:
                raise _locked(self._path)

        self._template.backup(self._live, sleep=0.001, progress=step)

    def close(self) -> None:
        self._live.close()
        self._template.close()


class PostgreSQL:
    """Needs a role that may switch foreign keys off for its own connection: a superuser, as in any test
    server."""

    def __init__(self, url: str) -> None:
        import psycopg

        self._url = url
        self._refused = psycopg.errors.LockNotAvailable
        self._live = psycopg.connect(re.sub(r"\+\w+(?=://)", "", url), autocommit=True)  # not its driver's name
        self._live.execute(KEEP)
        kept = self._live.execute("SELECT FROM pg_tables WHERE schemaname = %s", [TEMPLATE])
        self.tables = kept.rowcount

    def reset(self, patience: float) -> None:
        wait = f"set_config('lock_timeout', '{1000 * patience:.0f}', false)"
        try:
            self._live.execute(f"SELECT {wait}, {TEMPLATE}.reset()")
        except self._refused as error:
            raise _locked(self._url) from error

    def close(self) -> None:
        self._live.close()


# Writes a function with a DELETE and an INSERT for each table, and the place of each sequence. The lock is against rows
# that an open transaction has inserted: DELETE does not see them.
KEEP = f"""
DO $keep$
DECLARE
  thing record;
  columns text;
  kept text;
  body text := 'BEGIN SET LOCAL session_replication_role = replica;';
BEGIN
  DROP SCHEMA IF EXISTS {TEMPLATE} CASCADE;
  CREATE SCHEMA {TEMPLATE};
  FOR thing IN
    SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
    WHERE schemaname NOT IN ('pg_catalog', 'information_schema', '{TEMPLATE}')
  LOOP
    SELECT string_agg(quote_ident(attname), ', ') INTO columns FROM pg_attribute
    WHERE attrelid = thing.name::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '';
    kept := format('{TEMPLATE}.%I', thing.name);
    EXECUTE format('CREATE TABLE %s AS SELECT %s FROM %s', kept, columns, thing.name);
    body := body || format(
      'LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE; '
      'DELETE FROM %s; INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT * FROM %s;',
      thing.name, thing.name, thing.name, columns, kept);
  END LOOP;
  FOR thing IN
    SELECT format('%I.%I', schemaname, sequencename) AS name, start_value, last_value FROM pg_sequences
  LOOP
    body := body || format('PERFORM setval(%L, %s, %L);',
      thing.name, coalesce(thing.last_value, thing.start_value), thing.last_value IS NOT NULL);
  END LOOP;
  EXECUTE format('CREATE FUNCTION {TEMPLATE}.reset() RETURNS void LANGUAGE plpgsql AS %L', body || ' END');
END
$keep$
"""
