"""What `duibiao` says where it cannot start on the PostgreSQL that is named: words, no trace."""

import pytest

from tests.support.commands import duibiao
from tests.support.servers.ports import free_ports

NOBODY = "127.0.0.1:9"  # no Kafka is asked before the stores are opened
WRONG_USE, OTHER_SCHEMA = 2, 3


def started(url: str, **others: str) -> tuple[int, str]:
    """Return the exit code of `duibiao serve ingest`, and what it said."""
    settings = {"DUIBIAO_DATABASE_URL": url, "DUIBIAO_KAFKA_BOOTSTRAP": NOBODY, **others}
    ended = duibiao(settings, "serve", "ingest")
    assert "Traceback" not in ended.err
    return ended.code, ended.err


def test_without_kafka_it_says_that_it_needs_it() -> None:
    code, said = started("postgresql://duibiao@127.0.0.1/duibiao", DUIBIAO_KAFKA_BOOTSTRAP="")

    assert code == WRONG_USE
    assert "须用 Kafka" in said
    assert "DUIBIAO_KAFKA_BOOTSTRAP" in said


def test_where_nobody_answers_it_says_so() -> None:
    code, said = started(f"postgresql://duibiao@127.0.0.1:{free_ports(1)[0]}/duibiao")

    assert code == WRONG_USE
    assert "无法启动 Cannot start" in said
    assert "refused" in said


def test_before_the_schemas_are_made_it_says_how(postgres_url: str) -> None:
    code, said = started(postgres_url)

    assert code == OTHER_SCHEMA
    assert "duibiao migrate" in said


@pytest.mark.parametrize("command", [("keys", "list"), ("audit", "verify")])
def test_so_do_the_commands(command: tuple[str, ...]) -> None:
    url = f"postgresql://duibiao@127.0.0.1:{free_ports(1)[0]}/duibiao"

    ended = duibiao({"DUIBIAO_DATABASE_URL": url, "DUIBIAO_KAFKA_BOOTSTRAP": NOBODY}, *command)

    assert ended.code == WRONG_USE
    assert "Cannot start" in ended.err
    assert "Traceback" not in ended.err
