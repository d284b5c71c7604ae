"""`duibiao audit`: whether the audit chains are as they were written.

Reads the stores and the log themselves, with the product running or not. Exit codes: 0 every chain
is valid, 1 one is not, 2 wrong use or nothing to read.
"""

from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Any, Final

import typer
from sqlalchemy.exc import DBAPIError

from duibiao.audit.checkpoints import UnreadableHeadError, published_heads
from duibiao.audit.reading import kept_head, rows
from duibiao.audit.verify import Bad, Published, Verification, verify_chain
from duibiao.contracts.topics import AUDIT_HEADS
from duibiao.core import Retry, Settings
from duibiao.store.opening import is_there, open_store
from duibiao.store.store import file_of
from duibiao.workdays import SHANGHAI
from services.cli.local import ask_log, command_settings, opened_log
from services.cli.output import AsJson, end, print_json, print_table
from services.cli.words import WORDS

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.callback()
def _group() -> None: ...  # so that its only command has a name


CHAINS: Final = ("access", "ingest", "indicators", "alerts")


@app.command()
def verify(*, as_json: AsJson = False) -> None:
    """核验审计链，指出第一条有问题的记录。Walk every chain and name the first bad record."""
    settings = command_settings()
    stores = [chain for chain in CHAINS if is_there(settings, chain)]
    if not stores:
        end("这里没有审计记录。There are no audit records here.", 2)
    # The checkpoints first: a chain may grow meanwhile, what was published of it cannot go away.
    published = _published(settings)
    wanted = sorted({*stores, *published}, key=[*CHAINS, *published].index)
    chains = [_verified(settings, chain, published.get(chain, ())) for chain in wanted]
    valid = all(one["valid"] for one in chains)
    if as_json:
        print_json({"valid": valid, "chains": chains})
    else:
        _print_table(chains)
    raise typer.Exit(0 if valid else 1)


def _published(settings: Settings) -> Mapping[str, Sequence[Published]]:
    """Return every checkpoint on the log; none where there is no log yet."""
    embedded = settings.kafka_bootstrap is None
    if embedded and not file_of(settings.database_url, "log").exists():
        return {}
    topic = AUDIT_HEADS.name(settings.topic_prefix)
    try:
        with opened_log(settings) as bus:
            return ask_log(bus, lambda: published_heads(bus, topic))
    except UnreadableHeadError as error:
        end(f"公布的检查点无效 A published checkpoint is invalid: {error}")


def _verified(settings: Settings, chain: str, published: Sequence[Published]) -> dict[str, Any]:
    """Return what became of one chain; `unreadable` says why it could not be read to its end."""
    found, unreadable = Verification(0, None), None
    try:
        if is_there(settings, chain):
            with closing(open_store(settings, chain)) as store, store.read() as connection:
                found = verify_chain(chain, rows(connection), published, kept_head(connection))
        else:
            found = verify_chain(chain, (), published)
    except Retry as error:
        end(f"{chain}: 暂时无法读取 cannot be read just now: {error}", 2)
    except DBAPIError as error:
        unreadable = str(error.orig)
    return {
        "chain": chain,
        "valid": found.bad is None and unreadable is None,
        "records": found.records,
        "published": len(published),
        "bad": found.bad,
        "unreadable": unreadable,
    }


def _print_table(chains: Sequence[dict[str, Any]]) -> None:
    headings = ("链 chain", "完好记录 valid records", "公布的检查点 published checkpoints", "结论")
    ends = ("[red]有问题 invalid[/]", "[green]完好 valid[/]")
    rows = [
        (one["chain"], str(one["records"]), str(one["published"]), ends[one["valid"]])
        for one in chains
    ]
    print_table("审计链 Audit chains", headings, rows)
    for one in chains:
        if one["bad"] is not None:
            typer.echo(_words(one["chain"], one["bad"]))
        elif not one["valid"]:
            typer.echo(f"{one['chain']}: 无法读取 cannot be read: {one['unreadable']}")


def _words(chain: str, bad: Bad) -> str:
    told = f"{chain}: {WORDS['audit'][bad.reason].format(n=bad.sequence)}"
    if bad.published_at is not None:
        at = bad.published_at.astimezone(SHANGHAI)
        told += f" (检查点公布于 checkpoint published at {at:%F %T})"
    return told
