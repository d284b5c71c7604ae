"""Settings from the environment, and the table of them that the documentation shows.

The only place that reads environment variables. A service subclasses `Settings` in its own
settings.py and describes every field; secrets are named by file, never given as values.
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from duibiao.contracts.topics import DEFAULT_PREFIX, MIN_INSYNC, REPLICATION
from duibiao.core import failpoints

PREFIX = "DUIBIAO_"


class Settings(BaseSettings):
    """What all services share."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        frozen=True,
        extra="ignore",
        validate_by_name=True,
        env_ignore_empty=True,
    )

    database_url: str = Field(
        "sqlite:///var/duibiao.db",
        description="Database. On SQLite each service has its own file: var/duibiao.db stands "
        "for var/duibiao-ingest.db and so on. On PostgreSQL, "
        "`postgresql://user@host/database`, each has its own schema; this requires "
        "Kafka, and `duibiao migrate` before the first start.",
    )
    database_password_file: Path | None = Field(
        None,
        description="File with the PostgreSQL password; read at every connection.",
    )
    state_folder: Path = Field(
        Path("var"),
        description="Folder for local files outside the databases: dev-keys.json.",
    )
    topic_prefix: str = Field(DEFAULT_PREFIX, description="Prefix of all topic names.")
    kafka_bootstrap: str | None = Field(
        None,
        description="Kafka brokers as host:port, separated by commas. Unset: the log is a table "
        "in SQLite.",
    )
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="Protocol of the connection to Kafka."
    )
    kafka_sasl_mechanism: Literal["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"] = Field(
        "SCRAM-SHA-512",
        description="SASL mechanism, if the protocol begins with SASL.",
    )
    kafka_username: str | None = Field(None, description="Kafka user name.")
    kafka_password_file: Path | None = Field(
        None,
        description="File with the Kafka password; read again when a login fails.",
    )
    kafka_ca_file: Path | None = Field(
        None,
        description="CA certificates of the Kafka brokers; default: the system's.",
    )
    kafka_replication: int = Field(
        REPLICATION,
        ge=1,
        description="Required replication factor of the topics. Less than 3 is for trials: "
        "losing the broker loses records that were answered 202.",
    )
    kafka_min_insync: int = Field(
        MIN_INSYNC,
        ge=1,
        description="In-sync replicas required to acknowledge a record.",
    )
    kafka_session_seconds: float = Field(
        10.0, ge=1, le=60, description="Session timeout of Kafka's consumers, in seconds."
    )
    accept_cluster: str = Field(
        "",
        description="Id of the Kafka cluster (or `embedded`) to accept although the stored "
        "positions are of another log; it is read from the beginning. Unset: a "
        "foreign log is neither read nor written.",
    )
    stall_seconds: float = Field(
        60.0,
        gt=0,
        description="Seconds that a consumer may make no progress with records waiting; then "
        "all stacks are logged and the process exits.",
    )
    register_folder: Path | None = Field(
        None,
        validation_alias=PREFIX + "REGISTER",
        description="Folder of the register; default: the bundled one.",
    )
    register_overlay: Path | None = Field(
        None, description="File of the office's local thresholds."
    )
    calendar_overrides: Annotated[tuple[Path, ...], NoDecode] = Field(
        (),
        description="Files of days (`2021-12-31: holiday`) that override the State Council's "
        "calendar, separated by commas; later files win.",
    )
    max_clock_skew: float = Field(
        30.0,
        gt=0,
        description="Seconds by which the clock of a process may differ from PostgreSQL's; "
        "beyond it the process is read-only until they agree.",
    )
    watch_from: date | None = Field(
        None,
        description="Duties and figures due before this day raise no alert. Read at the very "
        "first start; default: the day of that start.",
    )
    audit_hash: Literal["sha256", "sm3"] = Field(
        "sha256",
        description="Hash of new audit records: sha256, or sm3 if the OpenSSL of this Python "
        "has it.",
    )
    trusted_proxies: str = Field(
        "",
        description="Addresses and CIDRs of trusted proxies, separated by commas. Their "
        "X-Forwarded-For gives a client's address for the networks of keys and the "
        "rate limit of pages.",
    )
    board_access: Literal["open", "signed-in", "open-all"] | None = Field(
        None,
        description="Who sees the board without signing in: `open`, anybody the figures and "
        "verdicts of targets; `open-all`, anybody everything; `signed-in`, nobody anything. "
        "Default: open, but open-all where the database holds the bundled sample.",
    )
    public_url: str = Field(
        "",
        pattern=r"^(https?://[^/\s]+)?$",
        description="Where people reach the board, such as https://duibiao.example.gov.cn, if a "
        "gateway in front of it ends TLS or changes the Host header. Session cookies are "
        "Secure where it, or the request, is https. Notifications link to it.",
    )
    session_idle_minutes: float = Field(
        30.0, gt=0, description="Minutes without a request after which a session ends."
    )
    session_hours: float = Field(
        12.0, gt=0, description="Hours after which a session ends in any case."
    )
    host: str = Field("127.0.0.1", description="Listen address of the web server.")
    port: int = Field(8080, ge=0, le=65535, description="Listen port of the web server.")
    max_file_bytes: int = Field(
        10 * 1024 * 1024, ge=1024, description="Bytes of an evidence file or a file of a reply."
    )
    head_seconds: float = Field(
        10.0,
        gt=0,
        description="Seconds within which the head of a request must arrive.",
    )
    body_seconds: float = Field(
        30.0,
        gt=0,
        description="Seconds within which a body must arrive, and a client must read a response.",
    )
    call_burst: int = Field(
        1_000,
        ge=1,
        description="Burst of calls without rows per org or role; see the rate.",
    )
    call_rate: float = Field(
        200.0,
        gt=0,
        description="Refill rate of calls without rows, per second and org or role; beyond it "
        "429. Counted per process.",
    )
    page_burst: int = Field(
        300,
        ge=1,
        description="Burst of pages per address without a key; an office behind one address "
        "shares it.",
    )
    page_rate: float = Field(
        30.0,
        gt=0,
        description="Refill rate of pages, per second and address; beyond it 429. Counted per "
        "process.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="Minimum severity of the application log."
    )

    failpoints: str = Field(
        "",
        description="For tests only: failpoints, separated by commas, at which the process ends "
        "itself as kill -9 would; `name@3` the third time. See guarantees.md.",
    )

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


def variables(*classes: type[BaseSettings]) -> tuple[Variable, ...]:
    """List the variables that these classes read, each once, by name."""
    found = {
        name: Variable(name, _default(info), info.description or "")
        for settings in classes
        for name, info in _named(settings)
    }
    return tuple(found[name] for name in sorted(found))


def unknown(environment: Mapping[str, str], known: Iterable[Variable]) -> tuple[str, ...]:
    """List the names in an environment that begin like ours and that nothing reads."""
    names = {variable.name for variable in known}
    return tuple(sorted(n for n in environment if n.startswith(PREFIX) and n not in names))


def unread(*classes: type[BaseSettings]) -> tuple[str, ...]:
    """List the variables of this process's environment that begin like ours and nothing reads."""
    return unknown(os.environ, variables(*classes))


def _named(settings: type[BaseSettings]) -> Iterable[tuple[str, FieldInfo]]:
    for field, info in settings.model_fields.items():
        alias = info.validation_alias
        yield (alias if isinstance(alias, str) else PREFIX + field.upper()), info


def _default(info: FieldInfo) -> str:
    value: Any = info.get_default(call_default_factory=True)
    return "" if value in (None, ()) else str(value)
