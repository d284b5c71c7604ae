"""What Compose's PostgreSQL runs on its first start makes a database that the product takes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.support.commands import duibiao
from tests.support.monitoring import DEPLOY
from tests.support.servers.postgres import PostgresServer, program
from tests.support.servers.programs import run

SCRIPT: Final = DEPLOY / "postgres" / "duibiao.sql"
NAME: Final = "deployed"  # the server of the tests has a `duibiao` of its own


@pytest.fixture
def made(postgres: PostgresServer, tmp_path: Path) -> Iterator[PostgresServer]:
    secret = tmp_path / "password"
    secret.write_text("it's 'long' enough", "utf-8")
    text = SCRIPT.read_text("utf-8").replace("/run/secrets/database-password", str(secret))
    script = tmp_path / "made.sql"
    script.write_text(text.replace("duibiao", NAME), "utf-8")
    psql = [program("psql"), "-X", "-q", "-f", str(script), postgres.url("postgres")]
    run("postgres", psql, tmp_path)
    yield postgres
    postgres.drop_database(NAME)
    postgres.ask("postgres", f"DROP ROLE {NAME}")


def test_the_product_s_user_owns_its_database_and_nothing_else(made: PostgresServer) -> None:
    rights = "rolcanlogin, rolsuper, rolcreatedb, rolcreaterole, rolbypassrls, rolreplication"
    role = f"SELECT {rights} FROM pg_roles WHERE oid = '{NAME}'::regrole"  # noqa: S608
    owned = f"SELECT datname FROM pg_database WHERE datdba = '{NAME}'::regrole"  # noqa: S608

    assert made.ask("postgres", role) == [(True, False, False, False, False, False)]
    assert made.ask("postgres", owned) == [(NAME,)]


def test_the_password_is_kept_as_a_hash(made: PostgresServer) -> None:
    query = f"SELECT rolpassword FROM pg_authid WHERE oid = '{NAME}'::regrole"  # noqa: S608
    ((kept,),) = made.ask("postgres", query)

    assert str(kept).startswith("SCRAM-SHA-256$")


def test_the_schemas_can_be_made_in_it(made: PostgresServer, tmp_path: Path) -> None:
    settings = {
        "DUIBIAO_DATABASE_URL": made.url(NAME, user=NAME),
        "DUIBIAO_STATE_FOLDER": str(tmp_path),
    }

    done = duibiao(settings, "migrate")

    assert done.code == 0, done.out + done.err
    assert "schema migrated" not in done.out
    again = duibiao(settings, "migrate", "--plan")
    assert again.code == 0, again.out + again.err
