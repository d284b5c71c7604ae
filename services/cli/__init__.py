"""The `duibiao` command: each module a command or what one prints."""

import typer

from services.cli import audit, dead_letters, keys, register, topics
from services.cli.migrate import migrate
from services.cli.replay import replay
from services.cli.status import status
from services.cli.submit import submit
from services.cli.up import serve, up

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="对标：盯住政府通知的承诺。Watches whether a government keeps its own notice.",
)
app.command()(up)
app.command()(serve)
app.command()(migrate)
app.command()(submit)
app.command()(status)
app.command()(replay)
app.add_typer(audit.app, name="audit")
app.add_typer(dead_letters.app, name="dead-letters")
app.add_typer(keys.app, name="keys")
app.add_typer(register.app, name="register")
app.add_typer(topics.app, name="topics")
