"""The file RECEIVERS: who can be told, and which alerts go to whom (docs/receivers.md).

Every route that matches sends; a receiver gets each step once, however many routes lead to it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, cast
from urllib.parse import SplitResult, urlsplit

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, ValidationInfo
from pydantic import field_validator as checked
from pydantic_core import ErrorDetails

from duibiao.register import Register
from services.alerts.adapters.webhook.address_guard import Allowed, judge, literal
from services.alerts.adapters.webhook.signature import read_secrets
from services.alerts.domain.alert import Alert, Colour


class ReceiversError(ValueError):
    """The file RECEIVERS cannot be used; `faults` holds all that is wrong with it."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(faults))


@dataclass(frozen=True, slots=True)
class Receiver:
    """One webhook. The secrets stay in their file and are read anew for every message."""

    name: str
    url: str
    secret_file: Path
    ca_file: Path | None


@dataclass(frozen=True, slots=True)
class Route:
    """Which alerts go to a receiver; an empty set does not choose."""

    receiver: str
    colours: frozenset[str]
    orgs: frozenset[str]
    targets: frozenset[str]

    def takes(self, alert: Alert) -> bool:
        """Whether an alert goes this way."""
        units = {*alert.subject.leads, *alert.subject.copied, alert.identity.org}
        return (
            (not self.colours or alert.colour.value in self.colours)
            and (not self.orgs or not self.orgs.isdisjoint(units))
            and (not self.targets or alert.identity.target in self.targets)
        )


@dataclass(frozen=True, slots=True)
class Receivers:
    """All receivers by name, and the routes in order."""

    by_name: Mapping[str, Receiver]
    routes: tuple[Route, ...]

    def of(self, alert: Alert) -> tuple[str, ...]:
        """Return the names of those who are to hear of an alert, each once."""
        return tuple(dict.fromkeys(r.receiver for r in self.routes if r.takes(alert)))


def read_receivers(path: Path | None, register: Register, allowed: Allowed) -> Receivers:
    """Read the file; None: nobody is notified.

    Raises:
        ReceiversError: with every fault at once.

    """
    if path is None:
        return Receivers({}, ())
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ReceiversError([f"{path}：无法读取 cannot be read: {error}"]) from error
    names = _names(content)
    known = {
        "receiver": set(names),
        "colours": {colour.value for colour in Colour},
        "orgs": set(register.orgs),
        "targets": {target.id for target in register.targets},
    }
    try:
        read = _File.model_validate(content, context=_Context(path.parent, allowed, names, known))
    except ValidationError as error:
        raise ReceiversError([f"{path.name}: {_error(one)}" for one in error.errors()]) from None
    receivers = [Receiver(one.name, **dict(one.webhook)) for one in read.receivers]
    routes = tuple(Route(**dict(route)) for route in read.routes)
    return Receivers({one.name: one for one in receivers}, routes)


@dataclass(frozen=True, slots=True)
class _Context:
    """What the file is checked against: its folder, allowed addresses, its names, known words."""

    folder: Path
    allowed: Allowed
    names: Sequence[str]
    known: Mapping[str, set[str]]


def _context(info: ValidationInfo) -> _Context:
    return cast("_Context", info.context)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)


class _Webhook(_Strict):
    url: str
    secret_file: Path
    ca_file: Annotated[Path | None, BeforeValidator(lambda named: named or None)] = None

    @checked("url")
    @classmethod
    def _url(cls, url: str, info: ValidationInfo) -> str:
        check_url(url, _context(info).allowed)
        return url

    @checked("secret_file", "ca_file")
    @classmethod
    def _file(cls, file: Path | None, info: ValidationInfo) -> Path | None:
        if file is None:
            return None
        path = _context(info).folder / file
        if info.field_name == "secret_file":
            read_secrets(path)
        elif not path.is_file():
            raise ValueError(f"{path} is not there")
        return path


class _Receiver(_Strict):
    name: Annotated[str, Field(min_length=1)]
    webhook: _Webhook

    @checked("name")
    @classmethod
    def _unique(cls, name: str, info: ValidationInfo) -> str:
        if _context(info).names.count(name) > 1:
            raise ValueError(f"another receiver is named {name}")
        return name


def _listed(value: object) -> object:
    return [value] if isinstance(value, str | int) else value or []


_Words = Annotated[frozenset[str], BeforeValidator(_listed)]


class _Route(_Strict):
    receiver: str
    colours: _Words = frozenset()
    orgs: _Words = frozenset()
    targets: _Words = frozenset()

    @checked("receiver", "colours", "orgs", "targets")
    @classmethod
    def _known(cls, words: str | frozenset[str], info: ValidationInfo) -> str | frozenset[str]:
        wanted = {words} if isinstance(words, str) else words
        if unknown := sorted(wanted - _context(info).known[str(info.field_name)]):
            raise ValueError(f"unknown {', '.join(unknown)}")
        return words


class _File(_Strict):
    receivers: Annotated[list[_Receiver], BeforeValidator(lambda listed: listed or [])] = []
    routes: Annotated[list[_Route], BeforeValidator(lambda listed: listed or [])] = []


def _names(content: object) -> list[str]:
    receivers = content.get("receivers") if isinstance(content, dict) else None
    items = receivers if isinstance(receivers, list) else []
    return [str(item["name"]) for item in items if isinstance(item, dict) and "name" in item]


def _error(error: ErrorDetails) -> str:
    """Return an error with its place, such as receivers[0].webhook.url."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in error["loc"])
    place = "".join(parts).lstrip(".") or "the file"
    if error["type"] == "model_type":
        return f"{place}: expected a mapping"
    return f"{place}: {error['msg'].removeprefix('Value error, ')}"


def check_url(url: str, allowed: Allowed) -> SplitResult:
    """Return the parts of a receiver's URL.

    Raises:
        ValueError: it is no http or https URL of a host, or carries a user name.
        Refused: it names an address that is never sent to; a name is judged when it is resolved.

    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("expected https://HOST/…")
    if parts.username is not None or parts.password is not None:
        raise ValueError("no user name or password belongs here")
    parts.port  # noqa: B018 - raises ValueError for a port that is none
    address = literal(parts.hostname)
    if address is not None:
        judge(parts.hostname, [str(address)], allowed, encrypted=parts.scheme == "https")
    return parts
