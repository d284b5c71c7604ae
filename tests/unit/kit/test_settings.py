"""Settings come from the environment, are described, and typing errors are seen."""

from datetime import date
from pathlib import Path

import pytest
from pydantic import ValidationError

from duibiao.core import Settings
from duibiao.core.settings import Variable, unknown, variables


class OfAService(Settings):
    """A service's own settings."""

    descriptions = Settings.descriptions | {"workers": "How many."}

    workers: int = 3


def test_defaults_need_no_environment() -> None:
    settings = Settings()

    assert settings.database_url == "sqlite:///var/duibiao.db"
    assert settings.topic_prefix == "duibiao."
    assert settings.port == 8080
    assert settings.host == "127.0.0.1"
    assert settings.watch_from is None


def test_the_environment_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUIBIAO_PORT", "9000")
    monkeypatch.setenv("DUIBIAO_REGISTER", "/srv/notice")
    monkeypatch.setenv("DUIBIAO_WATCH_FROM", "2021-01-01")
    monkeypatch.setenv("DUIBIAO_WORKERS", "5")
    monkeypatch.setenv("DUIBIAO_TRUSTED_PROXIES", "10.0.0.0/8, 192.0.2.1")

    settings = OfAService()

    assert settings.port == 9000
    assert settings.register_folder == Path("/srv/notice")
    assert settings.watch_from == date(2021, 1, 1)
    assert settings.workers == 5
    assert settings.trusted_proxies == "10.0.0.0/8, 192.0.2.1"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "70000"),
        ("PORT", "http"),
        ("LOG_LEVEL", "LOUD"),
        ("WATCH_FROM", "soon"),
        ("AUDIT_HASH", "md5"),
        ("TRUSTED_PROXIES", "*"),
        ("TRUSTED_PROXIES", "10.0.0.1/8"),
        ("TRUSTED_PROXIES", "10.0.0.0/8, gateway"),
    ],
)
def test_a_wrong_value_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"DUIBIAO_{name}", value)

    with pytest.raises(ValidationError):
        Settings()


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError):
        setattr(Settings(), "port", 1)  # noqa: B010 - an assignment that the checker refuses


def test_values_can_be_given_by_name_in_code() -> None:
    assert Settings(port=0, register_folder=Path("x")).register_folder == Path("x")


def test_the_table_names_each_variable_once_with_its_default() -> None:
    table = {variable.name: variable for variable in variables(OfAService, Settings)}

    assert table["DUIBIAO_WORKERS"] == Variable("DUIBIAO_WORKERS", "3", "How many.")
    assert table["DUIBIAO_REGISTER"].default == ""
    assert table["DUIBIAO_PORT"].default == "8080"
    assert len(table) == len(variables(OfAService, Settings))


def test_every_variable_is_described() -> None:
    for variable in variables(Settings):
        assert variable.description.endswith("."), variable.name


def test_a_misspelt_variable_is_found() -> None:
    environment = {"DUIBIAO_PORT": "1", "DUIBIAO_PROT": "2", "PATH": "/bin"}

    assert unknown(environment, variables(Settings)) == ("DUIBIAO_PROT",)
