"""Puts the alerts service together: the one place that chooses its implementations."""

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from typing import Final

import structlog
from fastapi import APIRouter
from prometheus_client import Counter
from sqlalchemy import Connection, MetaData

from duibiao.audit import AuditLog
from duibiao.audit.checkpoints import CheckpointPublisher
from duibiao.bus import Bus, Event
from duibiao.bus.dead_letters import DeadLetters
from duibiao.bus.log_watch import LogWatch
from duibiao.bus.relay import Relay
from duibiao.bus.worker import Worker, held
from duibiao.contracts.topics import ALERTS, AUDIT_HEADS, DEAD_LETTERS, VERDICTS
from duibiao.core import Clock, Ticker, new_id
from duibiao.process import Service
from duibiao.register import Register
from duibiao.store import Meta, Store
from duibiao.store.config_lease import ALWAYS, FollowedLease, Lease
from duibiao.store.heartbeat import Heartbeat
from duibiao.store.opening import is_there, open_store
from duibiao.store.store import is_postgres
from duibiao.web.audit import audit_router
from duibiao.web.files import DatabaseContents, EvidenceFiles
from duibiao.workdays import Workdays
from services.alerts.adapters import (
    actions,
    contacts,
    file_routes,
    history,
    http,
    quiet_routes,
    receiver_actions,
)
from services.alerts.adapters.acting import Acting
from services.alerts.adapters.alert_ticker import AlertTicker
from services.alerts.adapters.alertmanager.alerts import AlertmanagerAlerts
from services.alerts.adapters.alertmanager.sender import AlertmanagerSender
from services.alerts.adapters.channels import notifications
from services.alerts.adapters.channels.address_guard import read_allowed
from services.alerts.adapters.channels.channel import Environment, Resolve, resolve_by_system
from services.alerts.adapters.channels.dispatcher import NotificationDispatcher
from services.alerts.adapters.channels.holding import Holding
from services.alerts.adapters.channels.notifications import NotificationQueue
from services.alerts.adapters.channels.receivers import CHANNELS, Receivers, read_receivers
from services.alerts.adapters.channels.writer import Writer
from services.alerts.adapters.messages import event_of
from services.alerts.adapters.metrics import (
    AlertsCollector,
    alertmanager_counter,
    notifications_counter,
    post_to_alert,
)
from services.alerts.adapters.migrations import SCHEMA
from services.alerts.adapters.quiet import silent
from services.alerts.adapters.reply_files import ReplyFiles
from services.alerts.adapters.repository import SqlAlertRepository, last_steps, watch_from
from services.alerts.adapters.tables import AUDIT, FILES, OUTBOX, POSITIONS, WRITTEN
from services.alerts.adapters.verdict_handler import VerdictHandler
from services.alerts.board import router as board
from services.alerts.domain.alert import Transition
from services.alerts.settings import AlertsSettings
from services.alerts.usecases.context import AlertContext

NAME: Final = "alerts"
JUDGE: Final = "indicators"  # the schema whose config lease is followed
LOOK_EVERY: Final = 5.0  # seconds between looks at the clock

_log = structlog.get_logger(__name__)


def build(
    settings: AlertsSettings,
    *,
    register: Register,
    workdays: Workdays,
    bus: Bus,
    clock: Clock,
    resolve: Resolve = resolve_by_system,
) -> Service:
    """Return the service, its store opened, not started; `resolve` finds the addresses of hosts.

    Raises:
        AuditError, StoreError, StoreUnavailable: as those of the other services.
        ReceiversError, ValueError: the receivers' file or RECEIVER_ALLOW has faults.

    """
    receivers = read_receivers(settings.receivers, register, read_allowed(settings.receiver_allow))
    store = open_store(settings, NAME, clock)
    environment = _environment(settings, register, store, clock, resolve)
    SCHEMA.admit(store)
    audit = AuditLog(AUDIT, store, clock, settings.audit_hash)
    ids = partial(new_id, clock)
    began = _founded(store, settings, clock, receivers)
    context = AlertContext(register, workdays, clock.now, ids, began)
    to_event = partial(event_of, topic=ALERTS.name(settings.topic_prefix))
    took, tried = post_to_alert(), notifications_counter(CHANNELS)
    alertmanagers, posted = _alertmanagers(settings, store, clock, register)
    holding = Holding(context, receivers, settings.alerts_flood)
    queue = NotificationQueue(receivers, ids, holding=holding)
    dispatchers = _dispatchers(settings, store, clock, receivers, tried, environment, queue)
    open_repository = partial(SqlAlertRepository, event_of=to_event, announce=queue)
    relay = _relay(settings, bus, store, to_event, alertmanagers)
    lease = _lease(settings, register, workdays)
    handler = VerdictHandler(open_repository, context, clock, took, queue.batch)
    worker = _worker(settings, clock, bus, store, handler, lease)
    acting = Acting(store, context, open_repository, audit, _reply_files(settings, store, audit))
    ticker = AlertTicker(store, open_repository, context, lease, audit, queue)
    return Service(
        name=NAME,
        routers=[
            *_routers(acting, queue),
            receiver_actions.build(store, receivers, environment, audit, clock),
        ],
        parts=[
            Heartbeat(store),
            relay,
            _checkpoints(settings, store, clock, audit),
            *dispatchers,
            *alertmanagers,
            worker,
            Ticker("alerts clock", clock, LOOK_EVERY, ticker.tick),
        ],
        collectors=[AlertsCollector(store), took, tried, posted],
        not_ready=lambda: held([worker]),
        closers=[store.close],
    )


def _routers(acting: Acting, queue: NotificationQueue) -> list[APIRouter]:
    store = acting.store
    acts = quiet_routes.QuietActs(acting, queue)
    return [
        http.build(store, acting.context.register, acting.quiet),
        history.build(store),
        actions.build(acting),
        quiet_routes.build(acts),
        file_routes.build(acting),
        contacts.build(store, acting.context.register, acting.audit),
        *board.build(acting, acts),
        audit_router(NAME, store),
    ]


def _reply_files(settings: AlertsSettings, store: Store, audit: AuditLog) -> ReplyFiles:
    contents = DatabaseContents(store, FILES)
    return ReplyFiles(EvidenceFiles(store, audit, FILES.files, contents, settings.max_file_bytes))


def _environment(
    settings: AlertsSettings, register: Register, store: Store, clock: Clock, resolve: Resolve
) -> Environment:
    return Environment(
        read_allowed(settings.receiver_allow),
        settings.receiver_timeout,
        resolve,
        Writer(register, settings.public_url),
        partial(contacts.addresses, store, clock),
    )


def _dispatchers(
    settings: AlertsSettings,
    store: Store,
    clock: Clock,
    receivers: Receivers,
    tried: Counter,
    environment: Environment,
    queue: NotificationQueue,
) -> list[NotificationDispatcher]:
    def count(channel: str, result: str) -> None:
        tried.labels(channel, result).inc()

    made = {
        name: NotificationDispatcher(
            name,
            receiver.open(environment),
            store,
            clock,
            tries=settings.receiver_tries,
            count=partial(count, receiver.channel),
            queue=queue,
        )
        for name, receiver in receivers.by_name.items()
    }
    queue.nudges = {name: dispatcher.nudge for name, dispatcher in made.items()}
    store.on_commit(queue.committed)
    return list(made.values())


def _alertmanagers(
    settings: AlertsSettings, store: Store, clock: Clock, register: Register
) -> tuple[list[AlertmanagerSender], Counter]:
    listed = (url.strip().rstrip("/") for url in settings.alertmanager_urls.split(","))
    urls = [url for url in dict.fromkeys(listed) if url]
    posted = alertmanager_counter(urls)
    sender = partial(
        AlertmanagerSender,
        alerts=AlertmanagerAlerts(register, settings.public_url, partial(silent, clock.now)),
        store=store,
        clock=clock,
        every=settings.alertmanager_seconds,
        ca_file=settings.alertmanager_ca_file,
    )

    def count(url: str, result: str) -> None:
        posted.labels(url, result).inc()

    return [sender(url, count=partial(count, url)) for url in urls], posted


def _checkpoints(
    settings: AlertsSettings, store: Store, clock: Clock, audit: AuditLog
) -> CheckpointPublisher:
    prefix = settings.topic_prefix
    return CheckpointPublisher(
        NAME, [audit], store=store, outbox=OUTBOX, topic_prefix=prefix, clock=clock
    )


def _relay(
    settings: AlertsSettings,
    bus: Bus,
    store: Store,
    to_event: Callable[[Transition], Event],
    alertmanagers: Sequence[AlertmanagerSender],
) -> Relay:
    source = OUTBOX.source(store)
    names = [topic.name(settings.topic_prefix) for topic in (ALERTS, DEAD_LETTERS, AUDIT_HEADS)]

    def publish_again(tx: Connection, topic: str) -> None:
        if topic == names[0]:
            source.put_again(tx, last_steps(tx, to_event))

    watch = LogWatch(bus, store, WRITTEN, names, publish_again)
    lead = store.leader_election("relay")
    # Receivers come first.
    relay = Relay(f"{NAME} relay", source, bus, watch=watch, election=lead, background=True)
    OUTBOX.on_commit(store, relay.nudge, *(one.nudge for one in alertmanagers))
    return relay


def _founded(store: Store, settings: AlertsSettings, clock: Clock, receivers: Receivers) -> date:
    """Settle from when on is watched, and what is left of receivers that are no more."""

    def found(tx: Connection) -> tuple[int, date]:
        lost = notifications.fail_without_receiver(tx, list(receivers.by_name))
        notifications.settle(tx, receivers)
        return lost, watch_from(tx, settings.watch_from, clock.today())

    lost, began = store.retry(found)
    if lost:
        _log.error("notifications have lost their receiver", count=lost)
    return began


def _lease(settings: AlertsSettings, register: Register, workdays: Workdays) -> Lease:
    """Return the lease of whoever has the register and calendar that verdicts are reached by.

    Files are those of one installation on one machine, where nobody else works.
    """
    if not is_postgres(settings.database_url) or not is_there(settings, JUDGE):
        return ALWAYS
    meta = Meta(MetaData(schema=JUDGE))
    return FollowedLease(meta, (register.version, workdays.version))


def _worker(
    settings: AlertsSettings,
    clock: Clock,
    bus: Bus,
    store: Store,
    handler: VerdictHandler,
    lease: Lease,
) -> Worker:
    return Worker(
        "alerts verdicts",
        bus=bus,
        group=f"{settings.topic_prefix}{NAME}",
        topics=[VERDICTS.name(settings.topic_prefix)],
        store=store,
        positions=POSITIONS,
        handle=handler.handle,
        outbox=OUTBOX,
        dead_letters=DeadLetters(NAME, clock, settings.topic_prefix),
        after_commit=handler.after_commit,
        after_rollback=handler.after_rollback,
        lease=lease,
    )
