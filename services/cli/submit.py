"""`duibiao submit FILE`: a file of figures, cases or reports, sent row by row through the API.

Exit codes: 0 every row was taken (or waits in the spool), 1 rows or the file were refused,
2 wrong use, or the product cannot be reached.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import typer
from rich.console import Console

from duibiao.client import (
    Client,
    ClientError,
    Kind,
    Refused,
    Retries,
    RowFile,
    Spool,
    Unreadable,
    open_file,
)
from duibiao.client.bodies import MOST_ROWS
from duibiao.runtime import Settings
from services.cli import submit_options as options
from services.cli import submit_shown as shown
from services.cli.submit_run import Order, Run, Waits, empty
from services.cli.up import keys_file

# A column that rows of this kind have, by either name; the first that is there tells.
_SIGNS: Final[Mapping[str, Kind]] = {
    "case_no": "cases",
    "办件编号": "cases",
    "measure": "progress-reports",
    "措施": "progress-reports",
    "indicator": "observations",
    "指标": "observations",
}
_PATIENCE, _PATIENCE_WITH_SPOOL = 600.0, 10.0  # seconds
_REFUSED, _UNREACHABLE = 1, 2  # exit codes


def submit(  # noqa: PLR0913 - one parameter per option
    file: options.File = None,
    *,
    kind: options.RowKind = None,
    mode: options.RowMode = options.ModeName.PARTIAL,
    dry_run: options.DryRun = False,
    url: options.Url = "",
    key_file: options.KeyFile = None,
    org: options.Org = "office",
    spool: options.SpoolFolder = None,
    restart: options.Restart = False,
    most_rows: options.MostRows = MOST_ROWS,
    wait: options.WaitSeconds = 60.0,
    patience: options.Patience = None,
    as_json: options.AsJson = False,
) -> None:
    """报送文件，逐行告知结果；中断后再次执行即可接续。Send a file, learn what was taken."""
    settings = Settings()
    waits = Waits()
    if patience is None:
        patience = _PATIENCE if spool is None else _PATIENCE_WITH_SPOOL
    try:
        client = Client(
            url or f"http://127.0.0.1:{settings.port}",
            key_of(key_file or keys_file(settings.state_folder), org),
            retries=Retries(patience=patience),
            on_wait=waits,
        )
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    order = Order(
        mode=mode.value,
        dry_run=dry_run,
        restart=restart,
        most_rows=most_rows,
        wait=wait,
        spool=None if spool is None else Spool(spool),
    )
    with client:
        command = _Command(client, order, waits, as_json=as_json)
        raise typer.Exit(command.exit_code(file, None if kind is None else kind.value))


class _Command:
    """The command with everything it needs at hand."""

    def __init__(self, client: Client, order: Order, waits: Waits, *, as_json: bool) -> None:
        self._client = client
        self._order = order
        self._waits = waits
        self._as_json = as_json
        self._console = Console()
        self._errors = Console(stderr=True)

    def exit_code(self, file: Path | None, kind: Kind | None) -> int:
        """Do it, say what came of it, and return the exit code."""
        try:
            emptied = self._empty(told=file is None)
            return emptied if file is None else self._send(file, kind)
        except (ClientError, OSError) as error:
            shown.show_error(self._errors, error, as_json=self._as_json)
            return _REFUSED if isinstance(error, Refused | Unreadable) else _UNREACHABLE
        except KeyboardInterrupt:
            typer.echo("已中断；再次执行同一命令即可接续。Run it again to go on.", err=True)
            return _REFUSED

    def _empty(self, *, told: bool) -> int:
        spool = self._order.spool
        if spool is None:
            if told:
                raise typer.BadParameter("请指定文件或 --spool。Name a file, or a spool.")
            return 0
        emptied = empty(self._client, spool)
        if self._as_json:
            if told:
                shown.emptied_json(emptied)
        elif told or emptied.delivered:
            shown.show_emptied(self._console, spool.folder, emptied)
        if emptied.away is not None:
            return _UNREACHABLE
        return _REFUSED if any(one.body is not None for one in emptied.delivered) else 0

    def _send(self, file: Path, kind: Kind | None) -> int:
        source = open_file(file)
        kind = kind or kind_of(source)
        run = Run(self._client, source, kind, self._order, self._errors, self._waits)
        outcome = run.outcome()
        if self._as_json:
            shown.show_json(file, self._order, outcome)
        else:
            shown.show(self._console, file, self._order, outcome)
        return _REFUSED if outcome.rejected else 0


def kind_of(source: RowFile) -> Kind:
    """Return what the rows of a file are, by the names of their fields."""
    words = {word for column in source.columns for word in column.replace("*", " ").split()}
    for column, kind in _SIGNS.items():
        if column in words:
            return kind
    raise typer.BadParameter(
        "看不出内容类别，请用 --kind 指定。The columns do not tell what the rows are: name --kind."
    )


def key_of(path: Path, org: str) -> str:
    """Return the key that a file holds: by itself, or for an org as dev-keys.json has them."""
    try:
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise typer.BadParameter(
            f"读不出密钥文件 {path}。The key file cannot be read: name --key-file."
        ) from None
    if not text.startswith("{"):
        return text
    try:
        keys = json.loads(text)
        key = keys[org] if org in keys and org != "orgs" else keys["orgs"][org]
        return str(key)
    except (ValueError, KeyError, TypeError):
        raise typer.BadParameter(
            f"密钥文件中没有 {org}。The key file holds no key of {org}."
        ) from None
