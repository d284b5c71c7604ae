"""What every command prints in one way: JSON, tables, and the words with which it ends."""

from collections.abc import Iterable, Sequence
from typing import Annotated, Any, NoReturn

import msgspec
import typer
from rich.console import Console
from rich.table import Table

AsJson = Annotated[bool, typer.Option("--json", help="以 JSON 输出。Print JSON.")]


def print_json(content: object) -> None:
    """Print JSON; times as RFC 3339, what JSON has no form for as text."""
    text = msgspec.json.encode(content, enc_hook=str)
    typer.echo(msgspec.json.format(text, indent=2).decode())


def print_table(
    title: str | None,
    headings: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    whole: Sequence[str] = (),
    console: Console | None = None,
    **options: Any,  # noqa: ANN401 - of the library
) -> None:
    """Print a table; the columns `whole` are never folded."""
    made = Table(title=title, title_justify="left", **options)
    for heading in headings:
        made.add_column(heading, overflow="fold", no_wrap=heading in whole)
    for row in rows:
        made.add_row(*row)
    (console or Console()).print(made)


def end(words: str, code: int = 1) -> NoReturn:
    """Print why the command cannot go on, and end it with an exit code."""
    typer.echo(words, err=True)
    raise typer.Exit(code)
