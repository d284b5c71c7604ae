"""A line of the log is one JSON object that nothing from outside can break or colour."""

import io
import json
import logging
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from duibiao.core import logs


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root, before = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers[:], root.level
    written = io.StringIO()
    logs.configure("INFO", written)
    here = threading.get_ident()
    # Clients of servers that other tests share may log on threads of their own.
    root.handlers[0].addFilter(lambda record: record.thread == here)
    yield written
    structlog.configure(**before)
    root.handlers[:] = handlers
    root.setLevel(level)


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_event_is_one_line_with_its_fields(stream: io.StringIO) -> None:
    structlog.get_logger("duibiao.web").warning("request put off", org="市税务局", rows=3)

    (line,) = lines(stream)
    assert line.pop("time").endswith("Z")
    assert line == {
        "event": "request put off",
        "level": "warning",
        "logger": "duibiao.web",
        "org": "市税务局",
        "rows": 3,
    }


def test_chinese_stays_readable(stream: io.StringIO) -> None:
    structlog.get_logger().info("红牌")

    assert "红牌" in stream.getvalue()


def test_what_libraries_log_looks_the_same(stream: io.StringIO) -> None:
    logging.getLogger("library.of.others").error("port %d is taken", 8080)

    (line,) = lines(stream)
    assert line["event"] == "port 8080 is taken"
    assert line["logger"] == "library.of.others"
    assert line["level"] == "error"


def test_less_severe_events_are_left_out(stream: io.StringIO) -> None:
    structlog.get_logger().debug("detail")
    logging.getLogger("some.library").debug("detail")

    assert stream.getvalue() == ""


@pytest.mark.parametrize(
    "odd", ["\n", "\r", "\x1b[31m", "\x00", "\x7f", "\x9b", "\u2028", "\u202e", "\u2066", "\ud800"]
)
def test_control_characters_are_escaped(stream: io.StringIO, odd: str) -> None:
    structlog.get_logger().info("named", name=f"a{odd}b")

    text = stream.getvalue()
    assert text.count("\n") == 1
    assert all(character.isprintable() for character in text.rstrip("\n"))
    assert lines(stream)[0]["name"] == f"a{odd}b"


def test_a_long_value_is_cut(stream: io.StringIO) -> None:
    structlog.get_logger().info("named", name="x" * 100_000)

    assert lines(stream)[0]["name"] == "x" * logs.MOST + " … (100000 characters)"


def test_an_error_brings_its_traceback_on_the_same_line(stream: io.StringIO) -> None:
    try:
        _ = 1 / 0
    except ZeroDivisionError:
        structlog.get_logger().exception("part failed", part="relay")

    (line,) = lines(stream)
    assert "ZeroDivisionError" in line["exception"]
    assert line["part"] == "relay"


def test_the_secret_of_a_key_never_shows(stream: io.StringIO) -> None:
    key = "dbk_" + "K3yIdOfTwelv"[:12] + "s" * 43 + "c" * 6

    structlog.get_logger().info("refused", header=f"Bearer {key}")

    assert "ssss" not in stream.getvalue()
    assert lines(stream)[0]["header"] == "Bearer dbk_K3yIdOfTwelv***"


def test_what_json_does_not_know_is_written_as_text(stream: io.StringIO) -> None:
    structlog.get_logger().info("named", odd={1})

    assert lines(stream)[0]["odd"] == "{1}"


def test_fields_of_the_context_come_along(stream: io.StringIO) -> None:
    with structlog.contextvars.bound_contextvars(trace_id="t-1"):
        structlog.get_logger().info("named")

    assert lines(stream)[0]["trace_id"] == "t-1"
