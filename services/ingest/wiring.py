"""Puts the ingest service together: the one place that chooses implementations."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Final

from fastapi import APIRouter

from duibiao.audit import AuditLog
from duibiao.audit.checkpoints import CheckpointPublisher
from duibiao.bus import Bus
from duibiao.bus.dead_letters import DeadLetters
from duibiao.bus.limits import Limits
from duibiao.bus.log_watch import LogWatch, PublishAgain, nothing_again
from duibiao.bus.relay import OutboxSource, Relay
from duibiao.bus.worker import Worker
from duibiao.contracts import topics
from duibiao.core import Clock, Ticker
from duibiao.process import Service
from duibiao.register import Register
from duibiao.store import Store
from duibiao.store.heartbeat import Heartbeat
from duibiao.store.opening import is_there, open_store
from duibiao.web.access import Admission
from duibiao.web.audit import audit_router
from duibiao.web.body_room import Bodies
from duibiao.web.files import DatabaseContents, EvidenceFiles
from duibiao.web.keyring import Keyring
from services.ingest.adapters.answers import rendered
from services.ingest.adapters.backlog import COUNT_EVERY, Backlog
from services.ingest.adapters.drafts import DraftRepository
from services.ingest.adapters.fair_thread_pool import FairThreadPool
from services.ingest.adapters.file_routes import file_router
from services.ingest.adapters.group_commit import GroupCommit
from services.ingest.adapters.intake import BodyIntake
from services.ingest.adapters.key_routes import key_router
from services.ingest.adapters.metrics import IngestMetrics
from services.ingest.adapters.migrations import SCHEMA
from services.ingest.adapters.oidc import OidcProvider
from services.ingest.adapters.oidc_routes import add_oidc
from services.ingest.adapters.outcomes import Outcomes
from services.ingest.adapters.people_routes import people_router
from services.ingest.adapters.posting_openapi import posting_router
from services.ingest.adapters.posting_route import PATHS, PostRows
from services.ingest.adapters.quotas import PostingQuotas
from services.ingest.adapters.submission_routes import submission_router
from services.ingest.adapters.submissions import SubmissionRepository
from services.ingest.adapters.tables import AUDIT, FILES, OUTBOX, POSITIONS, WRITTEN
from services.ingest.adapters.template_routes import template_router
from services.ingest.board.sign_in import sign_in_router
from services.ingest.board.submit import SubmitPages
from services.ingest.board.uploads import Uploads
from services.ingest.settings import IngestSettings
from services.ingest.usecases.accept_submission import AcceptSubmission

NAME: Final = "ingest"


def build(
    *,
    settings: IngestSettings,
    register: Register,
    clock: Clock,
    bus: Bus,
    keyring: Admission,
    access: Keyring | None = None,
) -> Service:
    """Wire the service; nothing is started, but its store is opened.

    `access` has the installation's keys, people and sessions, which this service administers; None
    where nobody does.

    Raises:
        AuditError: this Python does not have the hash that the settings name.
        StoreError, StoreUnavailable: the store has another schema, or as `open_store`.

    """
    store = open_store(settings, NAME, clock)
    SCHEMA.admit(store)
    backlog = Backlog(
        store,
        clock,
        topics.SUBMISSIONS.name(settings.topic_prefix),
        most=settings.max_unsent,
        settle_seconds=settings.settle_seconds,
    )
    relay, letters = _relays(settings, bus, store, backlog)

    def written(number: int) -> None:
        backlog.grew(number)
        relay.nudge()

    audit = AuditLog(AUDIT, store, clock, settings.audit_hash)
    journal = GroupCommit(
        store, audit, settings.max_waiting, full=lambda: backlog.full, written=written
    )
    metrics = IngestMetrics(lambda: backlog.unsettled)
    post, intake, closers = _row_route(settings, register, store.clock, keyring, journal, metrics)
    routers = _routers(settings, store, register, clock, access)
    routers += _files_and_pages(settings, store, register, audit, post, intake)
    return Service(
        name=NAME,
        routers=routers,
        hot={("POST", path): post for path in PATHS.values()},
        # The last heads go out once nothing is written any more, while the relays still run.
        parts=[
            Heartbeat(store),
            relay,
            letters,
            _checkpoints(settings, clock, store, audit, access),
            Ticker(f"{NAME}-backlog", clock, COUNT_EVERY, backlog.count),
            journal,
            _worker(settings, clock, bus, store, metrics),
        ],
        collectors=[metrics, *([access.lock_out] if access else [])],
        not_ready=lambda: [*backlog.not_ready(), *store.clock.not_ready()],
        closers=[store.close, *closers],
    )


@contextmanager
def stored_submissions(settings: IngestSettings) -> Iterator[SubmissionRepository | None]:
    """Open the submissions that this installation has stored; None where its store is not here."""
    if not is_there(settings, NAME):
        yield None
        return
    store = open_store(settings, NAME)
    try:
        SCHEMA.admit(store)
        yield SubmissionRepository(store)
    finally:
        store.close()


def _files_and_pages(
    settings: IngestSettings,
    store: Store,
    register: Register,
    audit: AuditLog,
    post: PostRows,
    intake: BodyIntake,
) -> Sequence[APIRouter]:
    contents = DatabaseContents(store, FILES)
    files = EvidenceFiles(store, audit, FILES.files, contents, settings.max_file_bytes)
    receipts, drafts = SubmissionRepository(store), DraftRepository(store)
    uploads = Uploads(post, intake.readers, receipts, drafts)
    return [file_router(files, post), *SubmitPages(register, uploads).routers()]


def _row_route(
    settings: IngestSettings,
    register: Register,
    clock: Clock,
    keyring: Admission,
    journal: GroupCommit,
    metrics: IngestMetrics,
) -> tuple[PostRows, BodyIntake, Sequence[Callable[[], None]]]:
    """Return the route that takes rows, what reads them, and what ends threads and processes."""
    limits, threads = settings.limits(), FairThreadPool()
    intake = BodyIntake(register, limits, settings.max_decoded_bytes, topics.SUBMISSIONS.max_data)
    quotas = PostingQuotas(
        requests=(settings.request_burst, settings.request_rate),
        rows=(settings.row_burst, settings.row_rate),
        monotonic=clock.monotonic,
    )
    bodies = Bodies(
        settings.max_body_bytes, settings.max_org_bodies_bytes, settings.max_bodies_bytes
    )
    accept = AcceptSubmission(
        intake=intake,
        journal=journal,
        quota=quotas,
        run=threads.run,
        render_errors=rendered,
        most_rows=limits.rows,
    )
    post = PostRows(
        admission=keyring, clock=clock, quotas=quotas, bodies=bodies, accept=accept, metrics=metrics
    )
    return post, intake, (threads.close, intake.close)


def _routers(
    settings: IngestSettings, store: Store, register: Register, clock: Clock, access: Keyring | None
) -> list[APIRouter]:
    routers = [
        submission_router(SubmissionRepository(store)),
        posting_router(register),
        template_router(register, clock),
        audit_router(NAME, store),
    ]
    if access is not None:
        keys = access.keys
        provider = OidcProvider(settings, register, clock.now)
        oidc = partial(add_oidc, provider, access) if settings.oidc_issuer else None
        routers += [
            key_router(keys, register, clock),
            audit_router(keys.audit.chain, keys.store),
            people_router(access, register),
            sign_in_router(register, access, oidc),
        ]
    return routers


def _relays(
    settings: IngestSettings, bus: Bus, store: Store, backlog: Backlog
) -> tuple[Relay, Relay]:
    """Return that of the submissions and that of everything else."""

    def relay(
        what: str, source: OutboxSource, of: Sequence[topics.Topic], again: PublishAgain
    ) -> Relay:
        names = [topic.name(settings.topic_prefix) for topic in of]
        watch = LogWatch(bus, store, WRITTEN, names, again)
        election = store.leader_election(what)
        return Relay(f"{NAME}-{what}", source, bus, watch=watch, election=election)

    others = topics.DEAD_LETTERS, topics.AUDIT_HEADS
    return (
        relay("relay", backlog, [topics.SUBMISSIONS], backlog.publish_all_again),
        relay("letters", OUTBOX.source(store), others, nothing_again),
    )


def _checkpoints(
    settings: IngestSettings, clock: Clock, store: Store, audit: AuditLog, access: Keyring | None
) -> CheckpointPublisher:
    return CheckpointPublisher(
        NAME,
        [audit] if access is None else [audit, access.keys.audit],
        store=store,
        outbox=OUTBOX,
        topic_prefix=settings.topic_prefix,
        clock=clock,
    )


def _worker(
    settings: IngestSettings, clock: Clock, bus: Bus, store: Store, metrics: IngestMetrics
) -> Worker:
    outcomes = Outcomes(metrics)
    return Worker(
        f"{NAME}-outcomes",
        bus=bus,
        group=f"{settings.topic_prefix}{NAME}",
        topics=[topics.OUTCOMES.name(settings.topic_prefix)],
        store=store,
        positions=POSITIONS,
        handle=outcomes.handle,
        outbox=OUTBOX,
        dead_letters=DeadLetters(NAME, clock, settings.topic_prefix),
        after_commit=outcomes.committed,
        after_rollback=outcomes.rolled_back,
        limits=Limits(rest=0.1),
    )
