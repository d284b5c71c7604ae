"""The `duibiao` command. The module of a command is imported when that command is used."""

import gc
from importlib import import_module
from typing import Any, Final

import typer.main
from typer.core import TyperGroup

COMMANDS: Final = {
    "up": "启动全部服务（单进程）。Start all three services in one process.",
    "serve": "启动一个服务。Start one service in its own process.",
    "migrate": "将库结构升级到本版本。Migrate the schemas to this release.",
    "submit": "报送文件，逐行告知结果；中断后可接续。Send a file; resumes an interrupted run.",
    "status": "查看各目标的评估结论与未结预警。Show the targets' verdicts and the open alerts.",
    "close-period": "锁定一期数据，此后更正不改变已报数。Freeze a period as reported; asks first.",
    "alerts": "预警：列表、查看、办理。Alerts: list, show, acknowledge, reply, close.",
    "cases": "列出办件，或超期、临期办件台账。List the cases, or the ledger of overdue ones.",
    "replay": "由全部报送重算评估结论并替换不同者。Rebuild all verdicts from the submissions.",
    "audit": "审计：核验。Verify the audit chains.",
    "dead-letters": "死信：查看、重放。Dead letters: list, show, replay.",
    "people": "人员：新增、列表、停用。People: create, list, end.",
    "keys": "密钥：新建、列表、吊销、轮换。Keys: create, list, revoke, rotate.",
    "receivers": "通知对象：检查文件、预览通知。Receivers: check a file, preview a notification.",
    "register": "登记册：新建、检查与查看。Registers: create, check, show.",
    "rules": "Prometheus 告警规则：按登记册生成。Alert rules of a register for Prometheus.",
    "topics": "Kafka 主题：计划、建立、检查。Kafka topics: plan, apply, check.",
}
"""Each command, in a module of its name, and what it does."""


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
