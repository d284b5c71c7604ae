"""The release after this one: this one with a further revision of every schema, which it needs.

    NEXT_RELEASE=FOLDER python -m tests.e2e.next_release up --no-sample

The product that it is tried beside is the real one, unchanged; so what is tried is what counts:
that the code of today goes on with the schema of tomorrow. Each revision is an expansion of another
kind: a column with values for the rows that are there, and an index; a column; a table and a column
with an index; a column among the keys. What the new code needs of them: it writes a channel with
each submission.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from unittest.mock import patch

from sqlalchemy import Connection, text

from services import __main__ as program
from services.ingest.adapters import group_commit, submissions
from services.ingest.domain.receipts import StoredSubmission
from tests.support.schemas import SCHEMAS

FOLDER: Final = "NEXT_RELEASE"
BEFORE, NEXT = "before", "next"
"""The channels of submissions of before the migration, and of those that the new code took."""

_FILE: Final = '''"""后一版本。The release after this one."""

from alembic import op
from sqlalchemy import Column, ForeignKey, Integer, String

revision = "{number:04}_since_{since:04}"
down_revision = "{below:04}_since_{since:04}"


def upgrade():
{up}


def downgrade():
{down}
'''
_STEPS: Final = {
    "access": (
        ['op.add_column("keys", Column("owner", String(64)))'],
        ['op.drop_column("keys", "owner")'],
    ),
    "ingest": (
        [
            'op.add_column("submissions", Column("channel", String(16)))',
            f"op.execute(\"UPDATE submissions SET channel = '{BEFORE}'\")",  # noqa: S608 - ours
            'op.create_index("submissions_by_channel", "submissions", ["channel", "id"])',
        ],
        [
            'op.drop_index("submissions_by_channel", "submissions")',
            'op.drop_column("submissions", "channel")',
        ],
    ),
    "indicators": (
        ['op.add_column("verdicts", Column("remark", String))'],
        ['op.drop_column("verdicts", "remark")'],
    ),
    "alerts": (
        [
            'op.create_table("shifts", Column("id", Integer, primary_key=True))',
            'op.add_column("alerts", Column("shift", Integer))',
            'op.create_index("alerts_by_shift", "alerts", ["shift"])',
        ],
        [
            'op.drop_index("alerts_by_shift", "alerts")',
            'op.drop_column("alerts", "shift")',
            'op.drop_table("shifts")',
        ],
    ),
}


def write(folder: Path) -> Path:
    """Write the files of the revisions; return the folder."""
    for name, (up, down) in _STEPS.items():
        standing = SCHEMAS[name].revisions[-1]
        (folder / name).mkdir(parents=True)
        (folder / name / "next.py").write_text(
            _FILE.format(
                number=standing.number + 1,
                below=standing.number,
                since=standing.since,
                up="\n".join(f"    {line}" for line in up),
                down="\n".join(f"    {line}" for line in down),
            ),
            encoding="utf-8",
        )
    return folder


def main() -> None:
    """Run the release."""
    for name, schema in SCHEMAS.items():
        schema.folders += (Path(os.environ[FOLDER]) / name,)
    with patch.object(group_commit, "write_submissions", _write_with_channel):
        program.main()


def _write_with_channel(tx: Connection, entries: Sequence[StoredSubmission]) -> None:
    submissions.write_submissions(tx, entries)
    ids = [{"id": entry.receipt.id} for entry in entries]
    tx.execute(text(f"UPDATE submissions SET channel = '{NEXT}' WHERE id = :id"), ids)  # noqa: S608


if __name__ == "__main__":
    main()
