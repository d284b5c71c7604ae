"""The nightly self-check: some indicators recomputed from their cases and figures, none saved."""

from collections.abc import Iterable, Sequence
from datetime import date
from functools import partial
from typing import Final

import structlog
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from duibiao.core import Clock, Retry, new_id
from duibiao.store import Store
from duibiao.store.config_lease import ConfigLease
from duibiao.workdays import SHANGHAI
from services.indicators.adapters.repository.repository import SqlRepository
from services.indicators.adapters.repository.unsaved import UnsavedRepository
from services.indicators.domain.criterion import Ruleset
from services.indicators.usecases.context import EvaluationContext
from services.indicators.usecases.pass_day import same_ruleset
from services.indicators.usecases.self_check import self_check

# From this hour in Asia/Shanghai on, when little is sent.
HOUR: Final = 2

_A_NIGHT: Final = 3  # indicators; all have had their turn after a few nights
_log = structlog.get_logger(__name__)


class SelfCheck(Collector):
    """Checks once a day, where this process evaluates. `tick` is to be called now and then."""

    def __init__(self, store: Store, ruleset: Ruleset, lease: ConfigLease, clock: Clock) -> None:
        self._store = store
        self._ruleset = ruleset
        self._lease = lease
        self._clock = clock
        self._checked = date.min
        self._differing: dict[str, int] = {}  # how much, by indicator

    def tick(self) -> None:
        """Check what is due today, unless that was done, and again what differed."""
        if not self._lease.acts:
            return
        today = self._clock.today()
        due = set(self._differing)
        if today > self._checked and self._clock.now().astimezone(SHANGHAI).hour >= HOUR:
            codes = sorted(self._ruleset.register.indicators)
            first = today.toordinal() * _A_NIGHT % len(codes)
            due |= set([*codes, *codes][first : first + _A_NIGHT])
            self._checked = today
        for code in sorted(due):
            self.check(code)

    def check(self, code: str) -> Sequence[str]:
        """Return what differs of an indicator; nothing while another register is in force."""
        try:
            with self._store.read() as connection:
                found = self._differences(UnsavedRepository(connection), code)
        except Retry:
            return ()  # another time
        except Exception as error:  # noqa: BLE001 - damaged rows may raise anything
            found = [f"{type(error).__name__}: {error}"]
        self._differing.pop(code, None)
        if found:
            self._differing[code] = len(found)
            _log.error("self-check", indicator=code, differing=found[:10])
        return found

    def _differences(self, repository: SqlRepository, code: str) -> list[str]:
        checkpoint = repository.checkpoint()
        if checkpoint is None or not same_ruleset(checkpoint, self._ruleset):
            return []
        ids, now = partial(new_id, self._clock), self._clock.now()
        day = checkpoint.judged_day
        return self_check(EvaluationContext(repository, self._ruleset, day, now, ids), code)

    def collect(self) -> Iterable[Metric]:
        """Return how much differed when it was checked last."""
        yield GaugeMetricFamily(
            "duibiao_self_check_differences",
            "Roll-ups or verdicts that differed when they were last recomputed.",
            sum(self._differing.values()),
        )
