"""What an installation holds after a history, read from its stores, its log and its API.

`check_product` is the end of every fault case in which the whole product took part.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import date
from functools import cached_property
from typing import Any

import pytest
from google.protobuf.message import DecodeError
from jsonschema import Draft202012Validator
from sqlalchemy import Connection, Executable, Table, select, union_all
from sqlalchemy import Row as SqlRow
from typer.testing import CliRunner

from duibiao.bus import Bus, Event
from duibiao.bus.opening import open_bus
from duibiao.bus.reading import everything
from duibiao.contracts.topics import ALERTS, SUBMISSIONS, VERDICTS, Topic
from duibiao.core import Settings, SystemClock
from duibiao.register import default_folder, load
from duibiao.store.opening import open_store
from services.alerts.adapters.tables import ALERTS as ALERT_ROWS
from services.alerts.adapters.tables import DUTIES, META, POSITIONS, TRANSITIONS
from services.cli import app
from services.indicators.adapters.encoding import from_json
from services.indicators.adapters.repository import tables
from services.indicators.adapters.repository.repository import duty
from services.indicators.domain.rows import Verdict, VerdictRow
from services.ingest.adapters import tables as ingest
from tests.support.breaches import breaches_of_duties, breaches_of_targets, card
from tests.support.history import History, Place, faults, without_card
from tests.support.kafka_logs import ready
from tests.support.log_settings import logs_as_before
from tests.support.probe import PROBE, probed
from tests.support.product import ROOT, Installation
from tests.support.records import read_record
from tests.support.versions import every_version
from tests.support.waiting import until
from tests.support.writers import OPENS

THE_LOG = "the log"
ALERT_EVENT = Draft202012Validator(
    json.loads((ROOT / "proto/duibiao/contracts/v1/alert.schema.json").read_text("utf-8"))
)
OUTCOMES = ("accepted", "duplicate", "revised", "rejected")


def check_product(
    product: Installation, history: History, *, seconds: float = 120.0, log_lost: bool = False
) -> None:
    """Hold an installation against what its clients were told. It must be up, and comes to rest.

    Every value stands once in ingest's store, on the log, in what verdicts are made from, in the
    verdicts themselves and in the alerts; no breach is without a card; row outcomes add up; the
    audit chains verify.
    `log_lost`: a fault took records off the log, so the log itself is not looked at.
    """
    evidence = Evidence(product)
    until(product.all_evaluated, seconds=seconds, what="every submission is evaluated")
    until(evidence.heard, seconds=seconds, what="alerts have heard of every verdict")
    product.settled(seconds=seconds)
    found = probed(product)
    places = [one for one in evidence.places(history) if not (log_lost and one.name == THE_LOG)]
    found += faults(history, *places) + evidence.receipts(history)
    found += evidence.alerts(log_lost=log_lost) + evidence.audit(history)
    found += evidence.breaches()
    assert not found, "\n".join(found)


class Evidence:
    """The stores and the log of one installation, at rest."""

    def __init__(self, product: Installation) -> None:
        self._product = product
        self._settings = settings_from(product.environment)

    def heard(self) -> bool:
        """Whether alerts stands at the end of the verdicts, whoever reads them.

        A reader that was killed keeps its share on Kafka for a while, and nobody shows a lag of it.
        """
        topic = VERDICTS.name(self._settings.topic_prefix)
        with _opened(self._settings) as bus:
            last = {one.partition: one.offset for one in everything(bus, topic)}
        with self._reading("alerts") as connection:
            stands = POSITIONS.on(connection, topic)
        return all(stands.get(partition, 0) > offset for partition, offset in last.items())

    def places(self, history: History) -> list[Place]:
        """Return where the values of rows stand."""
        judged = self._judged()
        targets = sorted({tag for line in history for tag in line.tags} - {OPENS})
        return [
            Place("ingest's store", _without_probe(self._kept())),
            Place(THE_LOG, _without_probe(self._sent())),
            Place("what verdicts are made from", _without_probe(self._inputs()), ordered=False),
            *(Place(f"the verdicts of {t}", judged.get(t, ()), tag=t) for t in targets),
            Place("the alerts", self._opened(), tag=OPENS),
        ]

    def receipts(self, history: History) -> list[str]:
        """Hold every receipt against its request, and against what indicators has counted."""
        wrong = []
        receipts = self._product.items("/v1/submissions?limit=1000")
        groups = history.groups()
        times = Counter(receipt["submission_id"] for receipt in receipts)
        wrong += [f"receipt {one} is there {times[one]} times" for one in groups if times[one] != 1]
        applied = {row.submission_id: row for row in self._rows("indicators", tables.applied)}
        for receipt in receipts:
            one = receipt["submission_id"]
            if receipt["state"] != "evaluated":
                wrong.append(f"receipt {one} is {receipt['state']}")
                continue
            if sum(receipt[outcome] for outcome in OUTCOMES) != receipt["received"]:
                wrong.append(f"receipt {one} does not add up: {receipt}")
            if any(getattr(applied[one], part) != receipt[part] for part in OUTCOMES[:3]):
                wrong.append(f"receipt {one} is not what was applied: {receipt}")
            lines = groups.get(one)
            refused = sum(line.outcome == "fail" for line in lines or ())
            if lines is not None and (len(lines), refused) != (
                receipt["received"],
                receipt["rejected"],
            ):
                wrong.append(f"receipt {one} is not of the rows that were sent: {receipt}")
        return wrong

    def alerts(self, *, log_lost: bool = False) -> list[str]:
        """Look at the histories of alerts: steps 1, 2, 3 ..., numbers without gaps.

        Their events are valid and come in order.
        Where records of the log were lost the last event of every alert must be there.
        """
        wrong = []
        steps: dict[str, list[int]] = {}
        numbers: dict[str, set[int]] = {}
        for row in self._rows("alerts", TRANSITIONS):
            steps.setdefault(row.alert_id, []).append(row.sequence)
            series, _, serial = row.number.rpartition("-")
            numbers.setdefault(series, set()).add(int(serial))
        for alert, sequence in steps.items():
            if sorted(sequence) != list(range(1, len(sequence) + 1)):
                wrong.append(f"alert {alert} has steps {sorted(sequence)}")
        for series, serials in numbers.items():
            if serials != set(range(1, len(serials) + 1)):
                wrong.append(f"numbers {series} have gaps: {sorted(serials)}")
        told: dict[str, list[int]] = {}
        for event in self._events(ALERTS):
            said = json.loads(event.data)
            wrong += [f"event {event.id}: {one.message}" for one in ALERT_EVENT.iter_errors(said)]
            alert = said["alert"]
            names = ("duty", "org") if alert["duty"] else ("target", "org", "region")
            if event.key != "/".join(alert[name] for name in names):
                wrong.append(f"event {event.id} has key {event.key}")
            told.setdefault(alert["id"], []).append(said["sequence"])
        if log_lost:
            untold = [one for one in steps if max(steps[one]) not in told.get(one, ())]
            wrong += [f"the last step of alert {one} is not on the log" for one in untold]
        elif told != {alert: sorted(sequence) for alert, sequence in steps.items()}:
            wrong.append(f"the log has steps {told} of {steps}")
        return wrong

    def breaches(self) -> list[str]:
        """Hold what is missed and overdue against the cards (domain.md section 7).

        Bad news of a duty waits half a minute for the report behind it.
        """
        register = load(self._settings.register_folder or default_folder())
        with self._reading("alerts") as connection:
            watch_from = date.fromisoformat(str(META.get(connection, "watch_from")))
            waiting = connection.execute(select(DUTIES).where(DUTIES.c.held))
            held = {f"{row.duty}/{row.org}" for row in waiting}
            cards = [card(row.document) for row in connection.execute(select(ALERT_ROWS))]
        verdicts = [
            from_json(row.document, Verdict) for row in self._rows("indicators", tables.verdicts)
        ]
        owed = map(duty, self._rows("indicators", tables.duties))
        overdue = breaches_of_duties(owed, watch_from)
        breaches = [
            *breaches_of_targets(register, verdicts),
            *((key, period) for key, period in overdue if key not in held),
        ]
        return without_card(breaches, cards)

    def audit(self, history: History) -> list[str]:
        """Have `duibiao audit verify` walk the chains; every acceptance is one record."""
        with logs_as_before():
            ran = CliRunner().invoke(
                app, ["audit", "verify", "--json"], env=self._product.environment
            )
        wrong = [] if ran.exit_code == 0 else [f"audit verify: {ran.output}"]
        records = ingest.AUDIT.records
        accepted = select(records.c.subject).where(records.c.act == "submission.accepted")
        times = Counter(row.subject for row in self._found("ingest", accepted))
        kept = {row.id for row in self._rows("ingest", ingest.SUBMISSIONS)}
        wrong += [f"acceptance {s} is audited {n} times" for s, n in times.items() if n != 1]
        wrong += [f"acceptance {s} is not audited" for s in sorted(kept - set(times))]
        wrong += [f"acceptance {s} is audited only" for s in sorted(set(times) - kept)]
        wrong += [f"acceptance {s} is lost" for s in sorted(set(history.groups()) - kept)]
        return wrong

    def _kept(self) -> Iterator[str]:
        kept = ingest.SUBMISSIONS
        for row in self._found("ingest", select(kept.c.payload).order_by(kept.c.id)):
            yield from values(row.payload)

    def _sent(self) -> Iterator[str]:
        for event in self._events(SUBMISSIONS):
            with suppress(DecodeError):  # a test may put there what is no submission
                yield from values(event.data)

    def _inputs(self) -> Iterator[str]:
        cases, figures, reports = tables.cases.c, tables.figures.c, tables.reports.c
        standing = union_all(
            select(cases.case_no), select(figures.comment), select(reports.summary)
        )
        yield from (row[0] for row in self._found("indicators", standing) if row[0])
        for table, mark in (
            (tables.figure_statements, "comment"),
            (tables.report_statements, "summary"),
        ):
            for row in self._rows("indicators", table):
                if value := json.loads(row.content).get(mark):
                    yield value

    @cached_property
    def _figures(self) -> Mapping[tuple[str, str, str], str]:
        """Which value a figure has: by its indicator, its org and its sample size."""
        found = {}
        for table in (tables.figures, tables.figure_statements):
            for row in self._rows("indicators", table):
                content = row._asdict() if table is tables.figures else json.loads(row.content)
                if content.get("sample_size") is not None and content.get("comment"):
                    place = row.indicator, row.org, str(content["sample_size"])
                    found[place] = content["comment"]
        return found

    def _versions(self) -> Iterator[tuple[VerdictRow, str]]:
        """Yield the verdicts on figures in the order in which they were given."""
        with self._reading("indicators") as connection:
            versions = list(every_version(connection))
        for row in versions:
            orgs = [row.org] if row.org else [org for _, org, _ in self._figures]
            for org in dict.fromkeys(orgs):
                place = row.indicator, org, str(row.sample_size)
                if place in self._figures:
                    yield row, self._figures[place]

    def _judged(self) -> Mapping[str, Sequence[str]]:
        found: dict[str, list[str]] = {}
        for row, value in self._versions():
            if row.org:  # of one reporter, so that it tells one figure
                found.setdefault(row.target, []).append(value)
        return found

    def _opened(self) -> list[str]:
        values = {row.id: value for row, value in self._versions() if not row.org}
        rows = self._found("alerts", select(TRANSITIONS).order_by(TRANSITIONS.c.id))
        bad = [row.cause for row in rows if row.step in ("opened", "relapsed")]
        return [values[cause] for cause in bad if cause in values]

    def _rows(self, schema: str, table: Table) -> list[SqlRow[Any]]:
        return self._found(schema, select(table))

    def _found(self, schema: str, query: Executable) -> list[SqlRow[Any]]:
        with self._reading(schema) as connection:
            return list(connection.execute(query))

    @contextmanager
    def _reading(self, schema: str) -> Iterator[Connection]:
        with closing(open_store(self._settings, schema)) as store, store.read() as connection:
            yield connection

    def _events(self, topic: Topic) -> list[Event]:
        """Return the events of a topic, a repeat of an id left out."""
        first: dict[str, Event] = {}
        for event in on_topic(self._product, topic):
            first.setdefault(event.id, event)
        return list(first.values())


def on_topic(product: Installation, topic: Topic) -> list[Event]:
    """Return what stands on a topic of an installation, in order per partition."""
    settings = settings_from(product.environment)
    with _opened(settings) as bus:
        return [one.event for one in everything(bus, topic.name(settings.topic_prefix))]


def values(payload: bytes) -> Iterator[str]:
    """Yield the values of the rows of a submission as it travels."""
    packed = read_record(payload)
    yield from (row.case_no for row in packed.cases)
    yield from (row.comment for row in packed.observations if row.comment)
    yield from (row.summary for row in packed.reports)


def settings_from(environment: Mapping[str, str]) -> Settings:
    """Return the settings that a process of this environment has."""
    with pytest.MonkeyPatch.context() as patch:
        for name, text in environment.items():
            patch.setenv(name, text)
        return Settings()


@contextmanager
def _opened(settings: Settings) -> Iterator[Bus]:
    bus = open_bus(settings, SystemClock())
    bus.start()
    try:
        ready(bus)
        yield bus
    finally:
        bus.stop(5)


def _without_probe(found: Iterable[str]) -> list[str]:
    return [value for value in found if not value.startswith(PROBE)]
