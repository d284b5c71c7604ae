"""The file RECEIVERS: who can be told, and which alerts go to whom (docs/receivers.md).

Every route that matches sends; a receiver gets each step once, however many routes lead to it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

import structlog
import yaml
from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, ValidationInfo
from pydantic import model_validator as whole
from pydantic_core import ErrorDetails

from duibiao.register import Register
from services.alerts.adapters.channels import apprise, dingtalk, feishu, mail, webhook, wecom
from services.alerts.adapters.channels.address_guard import Allowed
from services.alerts.adapters.channels.channel import Channel, Environment
from services.alerts.adapters.channels.config import Checked, Config, Strict, checked
from services.alerts.adapters.channels.robot import RobotConfig, SigningConfig
from services.alerts.domain.alert import Alert, Colour

CHANNELS: Final[Mapping[str, type[Channel[Any]]]] = {
    "webhook": webhook.Webhook,
    "email": mail.Mail,
    "wecom": wecom.WeCom,
    "dingtalk": dingtalk.DingTalk,
    "feishu": feishu.Feishu,
    "apprise": apprise.Apprise,
}

_log = structlog.get_logger(__name__)


class ReceiversError(ValueError):
    """The file RECEIVERS cannot be used; `faults` holds all that is wrong with it."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(faults))


@dataclass(frozen=True, slots=True)
class Receiver:
    """Who is notified, and over which channel; `weekly`: of a digest, too."""

    name: str
    channel: str
    config: Config
    weekly: bool = False

    @property
    def digest(self) -> str:
        """What the file says of it; changes with it."""
        return sha256(self.config.model_dump_json().encode()).hexdigest()

    def open(self, environment: Environment) -> Channel[Any]:
        """Return its channel, not yet connected."""
        return CHANNELS[self.channel](self.config, environment)


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
    """All receivers by name, and the routes in order.

    `office` is told of what concerns the service itself, such as a receiver that is gone.
    """

    by_name: Mapping[str, Receiver]
    routes: tuple[Route, ...]
    office: str | None = None

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
        "colours": {colour.value for colour in Colour},
        "orgs": set(register.orgs),
        "targets": {target.id for target in register.targets},
    }
    try:
        read = _File.model_validate(content, context=Checked(path.parent, allowed, names, known))
    except ValidationError as error:
        raise ReceiversError([f"{path.name}: {_error(one)}" for one in error.errors()]) from None
    by_name = {
        one.name: Receiver(one.name, *one.channel(), weekly=bool(one.digest))
        for one in read.receivers
    }
    if read.office and getattr(by_name[read.office].config, "to", None) == "contacts":
        raise ReceiversError(
            [f"{path.name}: office: {read.office} writes to units, not the office"]
        )
    if read.receivers and read.office is None:
        _log.warning("the receivers' file names no office: nobody hears of failed notifications")
    routes = tuple(Route(**dict(route)) for route in read.routes)
    return Receivers(by_name, routes, read.office)


def _unique(name: str, info: ValidationInfo) -> str:
    if checked(info).names.count(name) > 1:
        raise ValueError(f"another receiver is named {name}")
    return name


_Webhook = webhook.WebhookConfig
_Apprise = apprise.AppriseConfig


class _Receiver(Strict):
    name: Annotated[str, Field(min_length=1), AfterValidator(_unique)]
    webhook: _Webhook | None = None
    email: mail.MailConfig | None = None
    wecom: RobotConfig | None = None
    dingtalk: SigningConfig | None = None
    feishu: SigningConfig | None = None
    apprise: _Apprise | None = None
    digest: Literal["weekly"] | None = None

    @whole(mode="after")
    def _one_channel(self) -> Self:
        if sum(getattr(self, name) is not None for name in CHANNELS) != 1:
            raise ValueError(f"expected one of {', '.join(CHANNELS)}")
        if self.digest and not self.email:
            raise ValueError("a digest goes by email only")
        return self

    def channel(self) -> tuple[str, Config]:
        return next((name, config) for name in CHANNELS if (config := getattr(self, name)))


def _listed(value: object) -> object:
    return [value] if isinstance(value, str | int) else value or []


def _known(words: frozenset[str], info: ValidationInfo) -> frozenset[str]:
    if unknown := sorted(words - checked(info).known[str(info.field_name)]):
        raise ValueError(f"unknown {', '.join(unknown)}")
    return words


def _named(name: str, info: ValidationInfo) -> str:
    if name not in checked(info).names:
        raise ValueError(f"unknown {name}")
    return name


_Words = Annotated[frozenset[str], BeforeValidator(_listed), AfterValidator(_known)]
_Name = Annotated[str, AfterValidator(_named)]
_List = BeforeValidator(lambda listed: listed or [])


class _Route(Strict):
    receiver: _Name
    colours: _Words = frozenset()
    orgs: _Words = frozenset()
    targets: _Words = frozenset()


class _File(Strict):
    office: _Name | None = None
    receivers: Annotated[tuple[_Receiver, ...], _List] = ()
    routes: Annotated[tuple[_Route, ...], _List] = ()


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
