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
        description="Where state is kept. On SQLite each service has a file of its own beside "
        "the one named: var/duibiao.db stands for var/duibiao-ingest.db and so on. On PostgreSQL, "
        "`postgresql://user@host/database`, each has a schema of its own; that needs Kafka, and "
        "`duibiao migrate` before the first start.",
    )
    database_password_file: Path | None = Field(
        None,
        description="File that holds the password for PostgreSQL; read anew at every connection.",
    )
    state_folder: Path = Field(
        Path("var"),
        description="Folder for local state that is in no database: dev-keys.json.",
    )
    topic_prefix: str = Field(
        DEFAULT_PREFIX, description="What the name of every topic on the log begins with."
    )
    kafka_bootstrap: str | None = Field(
        None,
        description="Kafka's brokers as host:port, separated by commas. Unset: the log is a table "
        "in SQLite, beside the other files.",
    )
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="How Kafka's brokers are spoken to."
    )
    kafka_sasl_mechanism: Literal["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"] = Field(
        "SCRAM-SHA-512",
        description="How one signs in to Kafka, where the protocol begins with SASL.",
    )
    kafka_username: str | None = Field(None, description="Who signs in to Kafka.")
    kafka_password_file: Path | None = Field(
        None,
        description="File that holds the password for Kafka; read anew where the one read before "
        "is no longer taken.",
    )
    kafka_ca_file: Path | None = Field(
        None,
        description="File with the certificates that Kafka's brokers are known by; the system's "
        "own unless set.",
    )
    kafka_replication: int = Field(
        REPLICATION,
        ge=1,
        description="Copies of every record that Kafka's topics must have. Fewer than 3 is for a "
        "trial on one broker: losing it loses what was answered 202.",
    )
    kafka_min_insync: int = Field(
        MIN_INSYNC,
        ge=1,
        description="Copies that must be there before a record counts as on the log.",
    )
    accept_cluster: str = Field(
        "",
        description="Id of the Kafka cluster to go on with where positions were taken on another "
        "one, or `embedded` for the log in SQLite; what is there is read from its beginning. "
        "Otherwise nothing is read or written there.",
    )
    stall_seconds: float = Field(
        60.0,
        gt=0,
        description="Seconds that a reader of the log may stand still with records before it; "
        "then the stacks of all threads are logged and the process ends.",
    )
    register_folder: Path | None = Field(
        None,
        validation_alias=PREFIX + "REGISTER",
        description="Folder of the register of the notice; the bundled one unless set.",
    )
    register_overlay: Path | None = Field(
        None, description="File with the local thresholds that the office has decided on."
    )
    calendar_overrides: Annotated[tuple[Path, ...], NoDecode] = Field(
        (),
        description="Files of days (`2021-12-31: holiday`) laid over the State Council's calendar, "
        "separated by commas; a later one wins.",
    )
    max_clock_skew: float = Field(
        30.0,
        gt=0,
        description="Seconds by which the clock of a process may differ from that of PostgreSQL; "
        "beyond that it steps aside: it takes in, judges and sends nothing until they agree again.",
    )
    watch_from: date | None = Field(
        None,
        description="What fell due before this day raises no alert; read on the very first "
        "start, the day of that start unless set.",
    )
    audit_hash: Literal["sha256", "sm3"] = Field(
        "sha256",
        description="Hash that audit records are chained with from now on: sha256, or sm3 where "
        "the OpenSSL of this Python has it.",
    )
    trusted_proxies: str = Field(
        "",
        description="Addresses and CIDRs, separated by commas, of the proxies whose "
        "X-Forwarded-For is believed: when a key may only be used from some networks, and when "
        "pages are counted by the visitor's address.",
    )
    host: str = Field("127.0.0.1", description="Address that the web server listens on.")
    port: int = Field(8080, ge=0, le=65535, description="Port that the web server listens on.")
    head_seconds: float = Field(
        10.0,
        gt=0,
        description="Seconds that a connection may take to say what it wants before it is closed.",
    )
    body_seconds: float = Field(
        30.0,
        gt=0,
        description="Seconds that a body may take to arrive before it is given up; the same for an "
        "answer of which nothing is taken.",
    )
    call_burst: int = Field(
        1_000,
        ge=1,
        description="Calls other than those with rows that one org, or one other role, may make in "
        "one go; see the rate.",
    )
    call_rate: float = Field(
        200.0,
        gt=0,
        description="Calls that an org, or another role, wins back in a second; beyond that 429. "
        "Every process counts for itself.",
    )
    page_burst: int = Field(
        300,
        ge=1,
        description="Pages that one address may ask for in one go without a key; an office behind "
        "one address shares them.",
    )
    page_rate: float = Field(
        30.0,
        gt=0,
        description="Pages that an address wins back in a second; beyond that 429. Every process "
        "counts for itself.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="Least severity that is logged."
    )

    failpoints: str = Field(
        "",
        description="For tests only: names of places in the code, separated by commas, at which "
        "the process ends itself as kill -9 would; `name@3` the third time. See guarantees.md.",
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
