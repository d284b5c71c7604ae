"""The file RECEIVERS: who can be told, and which alerts go to whom (docs/receivers.md).

Every route that matches sends; a receiver gets each step once, however many routes lead to it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

import yaml

from duibiao.register import Register
from services.alerts.adapters.webhook.address_guard import Allowed, Refused, judge, literal
from services.alerts.adapters.webhook.signature import SecretError, read_secrets
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


NOBODY = Receivers({}, ())


def read_receivers(path: Path, register: Register, allowed: Allowed) -> Receivers:
    """Read the file.

    Raises:
        ReceiversError: with every fault at once.

    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ReceiversError([f"{path}：无法读取 cannot be read: {error}"]) from error
    reading = _Reading(path, register, allowed)
    found = reading.whole(content)
    if reading.faults:
        raise ReceiversError(reading.faults)
    return found


class _Reading:
    """One reading of the file, gathering faults."""

    def __init__(self, path: Path, register: Register, allowed: Allowed) -> None:
        self.faults: list[str] = []
        self._path = path
        self._allowed = allowed
        self._words = {
            "colours": {colour.value for colour in Colour},
            "orgs": set(register.orgs),
            "targets": {target.id for target in register.targets},
        }

    def whole(self, content: object) -> Receivers:
        top = self._mapping(content, "the file", {"receivers", "routes"})
        by_name: dict[str, Receiver] = {}
        for place, item in self._items(top, "receivers"):
            receiver = self._receiver(place, item)
            if receiver is not None and receiver.name in by_name:
                self._add_error(place, f"a second receiver is named {receiver.name}")
            elif receiver is not None:
                by_name[receiver.name] = receiver
        routes = [self._route(place, item, by_name) for place, item in self._items(top, "routes")]
        return Receivers(by_name, tuple(routes))

    def _receiver(self, place: str, item: object) -> Receiver | None:
        fields = self._mapping(item, place, {"name", "webhook"})
        name = fields.get("name")
        hook = self._mapping(
            fields.get("webhook"), f"{place}.webhook", {"url", "secret_file", "ca_file"}
        )
        texts = {"name": name, "url": hook.get("url"), "secret_file": hook.get("secret_file")}
        missing = [key for key, value in texts.items() if not isinstance(value, str) or not value]
        if missing:
            self._add_error(place, f"needs {', '.join(missing)}")
            return None
        folder = self._path.parent
        receiver = Receiver(
            name=str(name),
            url=str(hook["url"]),
            secret_file=folder / str(hook["secret_file"]),
            ca_file=folder / str(hook["ca_file"]) if hook.get("ca_file") else None,
        )
        self._check(place, receiver)
        return receiver

    def _check(self, place: str, receiver: Receiver) -> None:
        try:
            check_url(receiver.url, self._allowed)
        except (Refused, ValueError) as error:
            self._add_error(place, f"url: {error}")
        try:
            read_secrets(receiver.secret_file)
        except SecretError as error:
            self._add_error(place, str(error))
        if receiver.ca_file is not None and not receiver.ca_file.is_file():
            self._add_error(place, f"{receiver.ca_file} is not there")

    def _route(self, place: str, item: object, by_name: Mapping[str, Receiver]) -> Route:
        fields = self._mapping(item, place, {"receiver", *self._words})
        receiver = str(fields.get("receiver", ""))
        if receiver not in by_name:
            self._add_error(place, f"no receiver is named {receiver!r}")
        chosen: dict[str, frozenset[str]] = {}
        for key, known in self._words.items():
            wanted = fields.get(key) or []
            words = {str(word) for word in wanted} if isinstance(wanted, list) else {str(wanted)}
            if unknown := sorted(words - known):
                self._add_error(place, f"{key}: unknown {', '.join(unknown)}")
            chosen[key] = frozenset(words)
        return Route(receiver, chosen["colours"], chosen["orgs"], chosen["targets"])

    def _mapping(self, value: object, place: str, known: set[str]) -> dict[str, Any]:
        if not isinstance(value, dict):
            self._add_error(place, "expected a mapping")
            return {}
        if unknown := sorted(str(key) for key in value if key not in known):
            self._add_error(place, f"unknown {', '.join(unknown)}")
        return value

    def _items(self, top: Mapping[str, Any], key: str) -> Iterator[tuple[str, object]]:
        items = top.get(key) or []
        if not isinstance(items, list):
            self._add_error(key, "expected a list")
            return
        for place, item in enumerate(items):
            yield f"{key}[{place}]", item

    def _add_error(self, place: str, text: str) -> None:
        self.faults.append(f"{self._path.name}: {place}: {text}")


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
