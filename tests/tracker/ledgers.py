"""Ledgers as earlier versions of eduxl left them, made from one of today by SQL."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path


def of_version(path: Path, version: int) -> None:
    """Take from a ledger what came after schema version 2 or 1."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.executescript(
            """
            PRAGMA foreign_keys = OFF;
            BEGIN;
            DROP TABLE undone;
            DROP TABLE contacts;
            DROP TABLE mailed;
            DROP TABLE fetched;
            DROP TABLE bounced;
            DROP TABLE listed;
            ALTER TABLE events DROP COLUMN recorded;
            ALTER TABLE events DROP COLUMN who;
            ALTER TABLE masters DROP COLUMN backup;
            ALTER TABLE masters DROP COLUMN backup_sha256;
            ALTER TABLE masters DROP COLUMN written_sha256;
            ALTER TABLE masters DROP COLUMN undone;
            CREATE TEMP TABLE kept AS SELECT * FROM returns;
            DROP TABLE returns;
            CREATE TABLE returns (
                id INTEGER NOT NULL, event INTEGER NOT NULL, sha256 VARCHAR(64) NOT NULL, path TEXT NOT NULL,
                unit VARCHAR(64) NOT NULL, round VARCHAR(32) NOT NULL, received DATETIME NOT NULL,
                modified DATETIME, file_time DATETIME NOT NULL, indicators JSON NOT NULL, problems JSON NOT NULL,
                PRIMARY KEY (id), UNIQUE (round, sha256, unit), FOREIGN KEY(event) REFERENCES events (seq)
            );
            CREATE INDEX ix_returns_event ON returns (event);
            CREATE INDEX ix_returns_sha256 ON returns (sha256);
            INSERT INTO returns SELECT * FROM kept;
            DROP TABLE kept;
            UPDATE meta SET value = '2' WHERE key = 'schema_version';
            COMMIT;
            """
        )
        if version < 2:
            db.executescript("DROP TABLE revisions; UPDATE meta SET value = '1' WHERE key = 'schema_version'")
