"""`duibiao audit`: whether the audit chains are as they were written.

Reads the stores and the log themselves, with the product running or not. Exit codes: 0 every chain
is valid, 1 one is not, 2 wrong use or nothing to read.
"""

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Final

import typer
from sqlalchemy.exc import DBAPIError

from duibiao.audit.checkpoints import UnreadableHeadError, published_heads
from duibiao.audit.reading import kept_head, rows
from duibiao.audit.verify import Published, Reason, Verification, verify_chain
from duibiao.contracts.topics import AUDIT_HEADS
from duibiao.core import Retry, Settings, logs
from duibiao.store.opening import is_there, open_store
from duibiao.store.store import file_of
from duibiao.workdays import SHANGHAI
from services.cli import event_log
from services.cli.output import AsJson, end, print_json, print_table

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.callback()
def _group() -> None: ...  # so that its only command has a name


CHAINS: Final = ("access", "ingest", "indicators", "alerts")

_REASONS: Final[Mapping[Reason, tuple[str, str]]] = {
    "altered": ("内容与哈希不符", "its content does not give its hash"),
    "replaced": ("被换成另一条", "another record stands in its place"),
    "missing": ("缺失", "it is missing"),
    "inserted": ("是插入的", "it has no place in the chain"),
    "unpublished": ("与已公布的检查点不符", "another one was published under its number"),
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one chain; `unreadable` says why it could not be walked to its end."""

    chain: str
    walked: Verification
    published: int
    unreadable: str | None = None

    @property
    def valid(self) -> bool:
        """Whether nothing is wrong with it."""
        return self.walked.bad is None and self.unreadable is None


@app.command()
def verify(*, as_json: AsJson = False) -> None:
    """核验审计链，指出第一条有问题的记录。Walk every chain and name the first bad record."""
    settings = Settings()
    logs.configure_for_command(settings.log_level)
    stores = [chain for chain in CHAINS if is_there(settings, chain)]
    if not stores:
        end("这里没有审计记录。There are no audit records here.", 2)
    # The checkpoints first: a chain may grow meanwhile, what was published of it cannot go away.
    published = _published(settings)
    wanted = sorted({*stores, *published}, key=[*CHAINS, *published].index)
    verdicts = [_walked(settings, chain, published.get(chain, ())) for chain in wanted]
    _print_verdicts(verdicts, as_json=as_json)
    raise typer.Exit(0 if all(verdict.valid for verdict in verdicts) else 1)


def _published(settings: Settings) -> Mapping[str, Sequence[Published]]:
    """Return every checkpoint on the log; none where there is no log yet."""
    embedded = settings.kafka_bootstrap is None
    if embedded and not file_of(settings.database_url, "log").exists():
        return {}
    topic = AUDIT_HEADS.name(settings.topic_prefix)
    try:
        with event_log.opened(settings) as bus:
            return event_log.asked(bus, lambda: published_heads(bus, topic))
    except UnreadableHeadError as error:
        end(f"公布的检查点无效 A published checkpoint is invalid: {error}")


def _walked(settings: Settings, chain: str, published: Sequence[Published]) -> Verdict:
    if not is_there(settings, chain):
        return Verdict(chain, verify_chain(chain, (), published), len(published))
    try:
        with closing(open_store(settings, chain)) as store, store.read() as connection:
            found = verify_chain(chain, rows(connection), published, kept_head(connection))
            return Verdict(chain, found, len(published))
    except Retry as error:
        end(f"{chain}: 暂时无法读取 cannot be read just now: {error}", 2)
    except DBAPIError as error:
        return Verdict(chain, Verification(0, None), len(published), str(error.orig))


def _print_verdicts(verdicts: Sequence[Verdict], *, as_json: bool) -> None:
    if as_json:
        valid = all(verdict.valid for verdict in verdicts)
        print_json({"valid": valid, "chains": [_document(verdict) for verdict in verdicts]})
        return
    headings = ("链 chain", "完好记录 valid records", "公布的检查点 published checkpoints", "结论")
    rows = [
        (
            verdict.chain,
            str(verdict.walked.records),
            str(verdict.published),
            "[green]完好 valid[/]" if verdict.valid else "[red]有问题 invalid[/]",
        )
        for verdict in verdicts
    ]
    print_table("审计链 Audit chains", headings, rows)
    for verdict in verdicts:
        if not verdict.valid:
            typer.echo(_words(verdict))


def _words(verdict: Verdict) -> str:
    bad = verdict.walked.bad
    if bad is None:
        return f"{verdict.chain}: 无法读取 cannot be read: {verdict.unreadable}"
    zh, en = _REASONS[bad.reason]
    told = f"{verdict.chain}: 第 {bad.sequence} 条记录{zh}。Record {bad.sequence}: {en}"
    if bad.published_at is not None:
        told += (
            f" (检查点公布于 checkpoint published at {bad.published_at.astimezone(SHANGHAI):%F %T})"
        )
    return told


def _document(verdict: Verdict) -> dict[str, object]:
    return {
        "chain": verdict.chain,
        "valid": verdict.valid,
        "records": verdict.walked.records,
        "published": verdict.published,
        "bad": verdict.walked.bad,
        "unreadable": verdict.unreadable,
    }
