"""An installation put together from its settings: the only module that sees all three services."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import version
from typing import Final, Self, TypeVar

import structlog

from duibiao.bus import Bus
from duibiao.bus.opening import open_bus
from duibiao.core import Clock, Settings, failpoints, logs
from duibiao.core.settings import unread
from duibiao.process import Service
from duibiao.process.process import Process
from duibiao.register import Register, default_folder, load
from duibiao.store import Store
from duibiao.store.opening import keep_to_notice, open_store
from duibiao.store.sqlite_file import hold
from duibiao.store.store import file_of, is_postgres
from duibiao.web.keyring import Keyring
from duibiao.web.sessions import Timeouts
from duibiao.web.tables import META
from duibiao.workdays import StateCouncilCalendar, Workdays
from services.alerts import wiring as alerts
from services.alerts.settings import AlertsSettings
from services.cli import sample as samples
from services.indicators import wiring as indicators
from services.indicators.settings import IndicatorsSettings
from services.ingest import wiring as ingest
from services.ingest.settings import IngestSettings

_log = structlog.get_logger(__name__)
S = TypeVar("S", bound=Settings)


SERVICES: Final = ("ingest", "indicators", "alerts")


@dataclass(frozen=True, slots=True)
class Installation:
    """What all services of an installation share.

    `sample`: it is new and gets the sample; `invented`: it got it then, or has it since.
    """

    settings: Settings
    register: Register
    workdays: Workdays
    bus: Bus
    clock: Clock
    access: Store
    keyring: Keyring
    sample: bool
    invented: bool

    @classmethod
    def open(cls, clock: Clock, *, sample: bool) -> Self:
        """Open the installation that the environment names.

        With `sample`, one that has never been started becomes a sample installation, if its
        register has a sample.

        Raises:
            AuditError: this Python does not have the hash that the settings name.
            RegisterError: the register is not sound; every fault is told.
            LogError: the log cannot be used as it is set up.
            StoreError: a store cannot be used as it is set up, or holds another notice.
            StoreUnavailable: its database does not answer.

        """
        settings = Settings()
        logs.configure(settings.log_level)
        failpoints.arm(failpoints.parsed(settings.failpoints))
        for name in unread(IngestSettings, IndicatorsSettings, AlertsSettings):
            _log.warning("nothing reads this setting", setting=name)
        bus = open_bus(settings, clock)
        new = indicators.is_new(settings)
        register = load(settings.register_folder or default_folder(), settings.register_overlay)
        access = open_store(settings, "access")
        keyring = Keyring(access, clock, settings.audit_hash, _timeouts(settings))
        keep_to_notice(access, META, register.notice.code)
        sample = sample and new and samples.folder(settings).is_dir()
        noted = access.retry(lambda tx: META.once(tx, "sample", str(sample)))
        return cls(
            settings=settings,
            register=register,
            workdays=Workdays(StateCouncilCalendar(settings.calendar_overrides)),
            bus=bus,
            clock=clock,
            access=access,
            keyring=keyring,
            sample=sample,
            invented=noted == str(True),
        )

    def settings_as(self, kind: type[S]) -> S:
        """Return the settings of one service. The sample is watched from its first day on."""
        settings = kind()
        if self.sample and settings.watch_from is None:
            return settings.model_copy(update={"watch_from": self.register.window.first})
        return settings

    def process(self, names: Sequence[str]) -> Process:
        """Return a process that runs these services.

        Raises:
            StoreError: a process with another register or calendar uses the same files.

        """
        url = self.settings.database_url
        files = [] if is_postgres(url) else [file_of(url, name) for name in names]
        config = f"{self.register.version} {self.workdays.version}"
        held = [hold(file, config) for file in files]
        return Process(
            [self.service(name) for name in names],
            self.settings,
            self.clock,
            bus=self.bus,
            keyring=self.keyring,
            closers=[*held, self.access.close, self.keyring.close],
            version=version("duibiao"),
            sample=self.invented,
        )

    def service(self, name: str) -> Service:
        """Return one service, wired and not started."""
        register, workdays, bus, clock = self.register, self.workdays, self.bus, self.clock
        if name == "ingest":
            return ingest.build(
                settings=self.settings_as(IngestSettings),
                register=register,
                bus=bus,
                clock=clock,
                keyring=self.keyring,
                access=self.keyring,
            )
        if name == "indicators":
            return indicators.build(
                self.settings_as(IndicatorsSettings),
                register=register,
                workdays=workdays,
                bus=bus,
                clock=clock,
                sample=self.sample,
            )
        settings = self.settings_as(AlertsSettings)
        return alerts.build(settings, register=register, workdays=workdays, bus=bus, clock=clock)


def _timeouts(settings: Settings) -> Timeouts:
    idle, whole = settings.session_idle_minutes, settings.session_hours
    return Timeouts(timedelta(minutes=idle), timedelta(hours=whole))
