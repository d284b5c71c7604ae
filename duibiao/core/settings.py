"""Settings from the environment, and the table of them that the documentation shows.

The only place that reads environment variables. A service subclasses `Settings` in its own
settings.py and says what each means in the settings.toml beside it; secrets are named by file,
never given as values.
"""

import os
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from duibiao.contracts.topics import DEFAULT_PREFIX, MIN_INSYNC, REPLICATION
from duibiao.core import failpoints

PREFIX = "DUIBIAO_"


def described(package: str) -> dict[str, str]:
    """Return what the settings.toml of a package says of each setting."""
    return tomllib.loads((files(package) / "settings.toml").read_text("utf-8"))


class Settings(BaseSettings):
    """What all services share."""

    descriptions: ClassVar = described(__package__)
    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="ignore", validate_by_name=True, env_ignore_empty=True
    )

    database_url: str = "sqlite:///var/duibiao.db"
    database_password_file: Path | None = None
    state_folder: Path = Path("var")
    topic_prefix: str = DEFAULT_PREFIX
    kafka_bootstrap: str | None = None
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    kafka_sasl_mechanism: Literal["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"] = "SCRAM-SHA-512"
    kafka_username: str | None = None
    kafka_password_file: Path | None = None
    kafka_ca_file: Path | None = None
    kafka_replication: int = Field(REPLICATION, ge=1)
    kafka_min_insync: int = Field(MIN_INSYNC, ge=1)
    kafka_session_seconds: float = Field(10.0, ge=1, le=60)
    accept_cluster: str = ""
    stall_seconds: float = Field(60.0, gt=0)
    register_folder: Path | None = Field(None, validation_alias=PREFIX + "REGISTER")
    register_overlay: Path | None = None
    calendar_overrides: Annotated[tuple[Path, ...], NoDecode] = ()
    max_clock_skew: float = Field(30.0, gt=0)
    watch_from: date | None = None
    audit_hash: Literal["sha256", "sm3"] = "sha256"
    trusted_proxies: str = ""
    board_access: Literal["open", "signed-in", "open-all"] | None = None
    public_url: str = Field("", pattern=r"^(https?://[^/\s]+)?$")
    session_idle_minutes: float = Field(30.0, gt=0)
    session_hours: float = Field(12.0, gt=0)
    host: str = "127.0.0.1"
    port: int = Field(8080, ge=0, le=65535)
    max_file_bytes: int = Field(10 * 1024 * 1024, ge=1024)
    head_seconds: float = Field(10.0, gt=0)
    body_seconds: float = Field(30.0, gt=0)
    call_burst: int = Field(1_000, ge=1)
    call_rate: float = Field(200.0, gt=0)
    page_burst: int = Field(300, ge=1)
    page_rate: float = Field(30.0, gt=0)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    failpoints: str = ""

    @field_validator("failpoints")
    @classmethod
    def _failpoints(cls, value: str) -> str:
        failpoints.parsed(value)
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: str) -> str:
        for part in filter(None, value.split(",")):
            ip_network(part.strip())
        return value

    @model_validator(mode="after")
    def _kafka(self) -> Self:
        signs_in = self.kafka_security_protocol.startswith("SASL")
        if signs_in and not (self.kafka_username and self.kafka_password_file):
            raise ValueError("SASL needs KAFKA_USERNAME and KAFKA_PASSWORD_FILE")
        if self.kafka_min_insync > self.kafka_replication:
            raise ValueError("KAFKA_MIN_INSYNC is more than KAFKA_REPLICATION")
        return self

    @field_validator("calendar_overrides", mode="before")
    @classmethod
    def _paths(cls, value: object) -> object:
        if isinstance(value, str):
            return [part.strip() for part in value.split(",") if part.strip()]
        return value


@dataclass(frozen=True, slots=True)
class Variable:
    """One environment variable: its name, its default as text, and what it means."""

    name: str
    default: str
    description: str


def variables(*classes: type[Settings]) -> tuple[Variable, ...]:
    """List the variables that these classes read, each once, by name."""
    found = {
        name: Variable(name, _default(info), settings.descriptions[field])
        for settings in classes
        for field, name, info in _named(settings)
    }
    return tuple(found[name] for name in sorted(found))


def unknown(environment: Mapping[str, str], known: Iterable[Variable]) -> tuple[str, ...]:
    """List the names in an environment that begin like ours and that nothing reads."""
    names = {variable.name for variable in known}
    return tuple(sorted(n for n in environment if n.startswith(PREFIX) and n not in names))


def unread(*classes: type[Settings]) -> tuple[str, ...]:
    """List the variables of this process's environment that begin like ours and nothing reads."""
    return unknown(os.environ, variables(*classes))


def _named(settings: type[Settings]) -> Iterable[tuple[str, str, FieldInfo]]:
    for field, info in settings.model_fields.items():
        alias = info.validation_alias
        yield field, alias if isinstance(alias, str) else PREFIX + field.upper(), info


def _default(info: FieldInfo) -> str:
    value: Any = info.get_default(call_default_factory=True)
    return "" if value in (None, ()) else str(value)
