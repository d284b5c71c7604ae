"""Puts the indicators service together: the only place that chooses its implementations."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Final

from fastapi import APIRouter
from sqlalchemy import Connection

from duibiao.audit import AuditLog
from duibiao.audit.checkpoints import CheckpointPublisher
from duibiao.bus import Bus
from duibiao.bus.dead_letters import DeadLetters
from duibiao.bus.limits import Limits
from duibiao.bus.log_watch import LogWatch
from duibiao.bus.relay import Relay
from duibiao.bus.worker import Handle, OfDeadLetter, Worker, held
from duibiao.contracts import topics
from duibiao.core import Clock, Settings, Ticker
from duibiao.process import Service
from duibiao.register import Register
from duibiao.store import Store
from duibiao.store.config_lease import ALWAYS, ConfigLease, Lease
from duibiao.store.heartbeat import Heartbeat
from duibiao.store.opening import is_there, open_store
from duibiao.web.audit import audit_router
from duibiao.web.board.language import COOKIE
from duibiao.web.page_cache import PageCache
from duibiao.workdays import Workdays
from services.indicators.adapters import installation
from services.indicators.adapters.alerts_seen import take_alert
from services.indicators.adapters.bulletins import Bulletins
from services.indicators.adapters.decisions import DecisionLog
from services.indicators.adapters.doubts import Doubts
from services.indicators.adapters.events import Events
from services.indicators.adapters.http import bulletins as bulletins_http
from services.indicators.adapters.http import decisions as decisions_http
from services.indicators.adapters.http import doubts as doubts_http
from services.indicators.adapters.http import judged, overdue, previews, proofs, reviews, scorecards
from services.indicators.adapters.http import records as records_http
from services.indicators.adapters.http import register as register_http
from services.indicators.adapters.installation import note_terms
from services.indicators.adapters.judging import Judging
from services.indicators.adapters.metrics import PresentCollector
from services.indicators.adapters.migrations import SCHEMA
from services.indicators.adapters.previews import Previews
from services.indicators.adapters.proven_cases import ProvenCases
from services.indicators.adapters.reading import Reading
from services.indicators.adapters.records import Records
from services.indicators.adapters.replay.rebuild import StoredSubmissions
from services.indicators.adapters.replay.run import Replay
from services.indicators.adapters.repository import tables
from services.indicators.adapters.repository.repository import SqlRepository, current_rows
from services.indicators.adapters.self_check import SelfCheck
from services.indicators.board.router import build_router
from services.indicators.domain.criterion import Ruleset
from services.indicators.domain.durations import RULE
from services.indicators.office import router as office
from services.indicators.office.pages import Sources
from services.indicators.settings import IndicatorsSettings

NAME: Final = "indicators"
LOOK_EVERY: Final = 1.0  # seconds between looks at the clock
LIMITS: Final = Limits()
CHECK_EVERY: Final = 600.0  # seconds between looks whether the nightly self-check is due


def build(
    settings: IndicatorsSettings,
    *,
    register: Register,
    workdays: Workdays,
    bus: Bus,
    clock: Clock,
    sample: bool = False,
) -> Service:
    """Return the service, its store opened; nothing is started.

    Of processes that share the store those with one register and calendar judge, the others answer
    readers. `sample`: the installation holds the bundled sample, which every page then tells.

    Raises:
        AuditError: this Python does not have the hash that the settings name.
        StoreError, StoreUnavailable: the store has another schema, or as `open_store`.

    """
    store, audit = _opened(settings, clock, sample=sample)
    config = register.version, workdays.version, RULE
    lease = ConfigLease(store, tables.meta, config, clock.monotonic)
    reading, events = Reading(store, register, clock), Events(clock, settings.topic_prefix)
    collector, cache = PresentCollector(register, reading.present, clock.today), PageCache(COOKIE)
    relay = _relay(settings, bus, store, events)

    def committed() -> None:
        relay.nudge()
        collector.mark_stale()
        cache.mark_stale()

    note = partial(note_terms, audit=audit, register=register, calendar_version=workdays.version)
    papers = Bulletins(store, register, clock, reading, settings)
    log = DecisionLog(store, register, clock, audit, events, committed, papers)
    ruleset = Ruleset(register, workdays)
    judging = Judging(ruleset, clock, events, lease, note, log.close_expired, committed)
    self_check = SelfCheck(store, ruleset, lease, clock)
    worker = partial(_worker, settings, bus, store, clock, committed)
    workers = [
        worker(topics.SUBMISSIONS, judging.take_submission, events.of_dead_letter, lease=lease),
        worker(topics.DECISIONS, judging.take_decision, lease=lease),
        worker(topics.ALERTS, take_alert, limits=Limits(rest=0.1)),
    ]
    return Service(
        name=NAME,
        routers=_routers(settings, ruleset, reading, cache, store, clock, log),
        parts=[
            Heartbeat(store),
            relay,
            _checkpoints(settings, store, clock, audit),
            Ticker(f"{NAME} day", clock, LOOK_EVERY, judging.pass_days),
            Ticker(f"{NAME} self-check", clock, CHECK_EVERY, self_check.tick),
            *workers,
        ],
        collectors=[collector, self_check],
        not_ready=lambda: (*judging.not_ready(), *held(workers)),
        closers=[store.close],
    )


def is_new(settings: Settings) -> bool:
    """Whether the service has never been started in this installation.

    Raises:
        StoreError: the store cannot be used as it is set up.
        StoreUnavailable: its database does not answer.

    """
    if not is_there(settings, NAME):
        return True
    store = open_store(settings, NAME)
    try:
        with store.read() as connection:
            return installation.is_new(connection)
    finally:
        store.close()


@contextmanager
def replaying(
    settings: IndicatorsSettings,
    *,
    register: Register,
    workdays: Workdays,
    bus: Bus,
    clock: Clock,
    kept: StoredSubmissions | None,
) -> Iterator[Replay]:
    """Open the state for a replay; `kept` are the submissions that ingest keeps.

    Raises:
        AuditError: this Python does not have the hash that the settings name.
        StoreError: the store cannot be used as it is set up, or has another schema.

    """
    store, _ = _opened(settings, clock)
    try:
        yield Replay(
            store,
            bus,
            kept,
            Ruleset(register, workdays),
            clock,
            AuditLog(tables.audit, store, clock, settings.audit_hash),
            topic_prefix=settings.topic_prefix,
        )
    finally:
        store.close()


@contextmanager
def previewing(settings: IndicatorsSettings, ruleset: Ruleset, clock: Clock) -> Iterator[Previews]:
    """Open the state to ask what another ruleset would change.

    Raises:
        StoreError: the store cannot be used as it is set up, or has another schema.

    """
    store = open_store(settings, NAME, clock)
    try:
        SCHEMA.admit(store)
        yield Previews(store, ruleset, clock, settings)
    finally:
        store.close()


def _opened(
    settings: IndicatorsSettings, clock: Clock, *, sample: bool = False
) -> tuple[Store, AuditLog]:
    store = open_store(settings, NAME, clock)
    SCHEMA.admit(store)
    audit = AuditLog(tables.audit, store, clock, settings.audit_hash)
    installation.found(store, clock, settings.watch_from, sample=sample)
    return store, audit


def _routers(
    settings: IndicatorsSettings,
    ruleset: Ruleset,
    reading: Reading,
    cache: PageCache,
    store: Store,
    clock: Clock,
    log: DecisionLog,
) -> list[APIRouter]:
    register, workdays = ruleset.register, ruleset.workdays
    records = Records(store, register, workdays, clock)
    other = Previews(store, ruleset, clock, settings)
    doubts = Doubts(store, register, workdays, clock)
    deciding = [
        decisions_http.build(register, log),
        reviews.build(register, log),
        doubts_http.build(register, doubts, log),
    ]
    site = settings.public_url or f"http://127.0.0.1:{settings.port}"
    office_pages = Sources(register, workdays, clock, reading, log, doubts, site)
    access = settings.board_access or ("open-all" if reading.facts()["sample"] else "open")
    return [
        register_http.build(register, workdays, reading.facts, reading.city, clock.today),
        judged.build(register, reading),
        scorecards.build(reading, clock),
        proofs.build(reading, ProvenCases(store, register, workdays)),
        previews.build(register, other, reading.versions),
        *deciding,
        records_http.build(register, records),
        overdue.build(register, records),
        bulletins_http.build(register, log.bulletins, access),
        register_http.build_calendar(workdays),
        office.build(office_pages, deciding),
        build_router(register, reading, cache, access, other.what_if),
        audit_router(NAME, store),
    ]


def _relay(settings: IndicatorsSettings, bus: Bus, store: Store, events: Events) -> Relay:
    source = tables.outbox.source(store)
    written = topics.VERDICTS, topics.DECISIONS, topics.OUTCOMES, topics.DEAD_LETTERS
    names = [one.name(settings.topic_prefix) for one in (*written, topics.AUDIT_HEADS)]

    def publish_again(tx: Connection, topic: str) -> None:
        # Of lost outcomes ingest asks by publishing their submissions again.
        if topic == names[0]:
            source.put_again(tx, events.of_changes(current_rows(tx)))
        if topic == names[1]:
            source.put_again(tx, map(events.of_decision, SqlRepository(tx).decisions()))

    watch = LogWatch(bus, store, tables.written, names, publish_again)
    lead = store.leader_election("relay")
    return Relay(f"{NAME} relay", source, bus, watch=watch, election=lead)


def _checkpoints(
    settings: IndicatorsSettings, store: Store, clock: Clock, audit: AuditLog
) -> CheckpointPublisher:
    return CheckpointPublisher(
        NAME,
        [audit],
        store=store,
        outbox=tables.outbox,
        topic_prefix=settings.topic_prefix,
        clock=clock,
    )


def _worker(  # noqa: PLR0913 - a worker joins that many things
    settings: IndicatorsSettings,
    bus: Bus,
    store: Store,
    clock: Clock,
    committed: Callable[[], None],
    topic: topics.Topic,
    handle: Handle,
    of_dead_letter: OfDeadLetter = lambda _: (),
    *,
    lease: Lease = ALWAYS,
    limits: Limits = LIMITS,
) -> Worker:
    what = topic.suffix.partition(".")[0]
    # A group of its own per topic: members of one group should read the same topics.
    return Worker(
        f"{NAME} {what}",
        bus=bus,
        group=f"{settings.topic_prefix}{NAME}-{what}",
        topics=[topic.name(settings.topic_prefix)],
        store=store,
        positions=tables.positions,
        handle=handle,
        outbox=tables.outbox,
        dead_letters=DeadLetters(NAME, clock, settings.topic_prefix),
        of_dead_letter=of_dead_letter,
        after_commit=committed,
        lease=lease,
        limits=limits,
    )
