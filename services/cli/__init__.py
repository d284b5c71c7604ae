"""The `duibiao` command. The module of a command is imported when that command is used."""

import gc
from importlib import import_module
from typing import Any, Final

import typer.main
from typer.core import TyperGroup

from services.cli.words import WORDS

# Each command, in a module of its name, and what it does.
COMMANDS: Final = WORDS["commands"]


def command(name: str) -> Any:  # noqa: ANN401 - typer's own, which it does not export
    """Return a command with its options, for which its module is imported."""
    gc.disable()  # it would go over the classes of every library several times
    try:
        found = typer.main.get_command(import_module(f"{__name__}.{name.replace('-', '_')}").app)
    finally:
        gc.enable()
    found.help = found.help or COMMANDS[name]
    return found


class _Commands(TyperGroup):
    """Lists the commands by name and help alone, and imports the one that is used."""

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:  # noqa: ANN401
        name, found, rest = super().resolve_command(ctx, args)
        return name, found and command(str(name)), rest


def _imported_when_used() -> None:
    raise NotImplementedError


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # rich takes longer to import than everything else here
    help="对标：盯住政府通知的承诺。Watches whether a government keeps its own notice.",
)
for _name, _help in COMMANDS.items():
    app.command(_name, short_help=_help)(_imported_when_used)
