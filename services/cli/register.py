"""`duibiao register`: a register to begin with, whether one is sound, and what is in it.

Exit codes: 0 good, 1 the register is not sound or holds no such thing, 2 wrong use.
"""

import json
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from duibiao.register import PARTS, Fault, Register, RegisterError, default_folder, load
from services.cli.register_rows import LABELS, LISTS, Row, summary, thing

app = typer.Typer(
    no_args_is_help=True,
    help="登记册：新建、检查与查看。The register: begin one, check it, show it.",
)

Folder = Annotated[
    Path | None,
    typer.Option(
        "--register",
        envvar="DUIBIAO_REGISTER",
        exists=True,
        file_okay=False,
        help="登记册文件夹。Folder of the register; the bundled one by default.",
    ),
]
Overlay = Annotated[
    Path | None,
    typer.Option(
        "--overlay",
        envvar="DUIBIAO_REGISTER_OVERLAY",
        exists=True,
        dir_okay=False,
        help="本地目标值文件。File of local thresholds laid over it.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="以 JSON 输出。Print JSON.")]
What = Annotated[
    str,
    typer.Argument(
        metavar="[WHAT]",
        help=f"summary, {', '.join(LISTS)}；或编号、代码 or a code: 6.3, T13, of a unit, a region",
    ),
]


@app.command()
def check(folder: Folder = None, overlay: Overlay = None, *, as_json: AsJson = False) -> None:
    """检查登记册，一次列出全部问题。Check a register and list every fault at once."""
    register = _loaded(folder, overlay, as_json=as_json)
    if as_json:
        _print_json({"sound": True, "version": register.version, "faults": []})
        return
    counts = summary(register)["counts"]
    Console().print(
        f"[green]登记册无误[/green] The register is sound: {register.version}\n"
        f"{counts['tasks']} 项任务 tasks，{counts['measures']} 项措施 measures，"
        f"{len(register.lead_orgs)} 个牵头单位 lead units，"
        f"{counts['targets']} 个目标值 targets，{counts['duties']} 个报送任务 duties"
    )


@app.command()
def show(
    what: What = "summary",
    folder: Folder = None,
    overlay: Overlay = None,
    *,
    as_json: AsJson = False,
) -> None:
    """查看登记册的内容。Show what is in a register."""
    register = _loaded(folder, overlay, as_json=as_json)
    if what in LISTS:
        part = LISTS[what]
        rows = part.rows(register)
        if as_json:
            _print_json({"items": rows})
        else:
            _print_table(part.heading, part.columns, rows)
        return
    found = summary(register) if what == "summary" else thing(register, what)
    if found is None:
        typer.echo(f"登记册中没有 {what}。The register holds no {what}.", err=True)
        raise typer.Exit(1)
    if as_json:
        _print_json(found)
    else:
        _print_thing(register, what, found)


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="新文件夹。A folder that is new or empty.")],
) -> None:
    """写出一套带注释、可直接运行的示例登记册。Write a small commented register to begin with."""
    starter = files("duibiao.register") / "starter"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            _refuse(f"{folder} 不是空文件夹。{folder} is not empty.")
        for part in PARTS:
            text = (starter / f"{part}.yaml").read_text("utf-8")
            (folder / f"{part}.yaml").write_text(text, "utf-8")
    except OSError as error:
        _refuse(f"无法写入 cannot write: {error}")
    typer.echo(
        f"已写入 {len(PARTS)} 个文件。{len(PARTS)} files written.\n"
        f"检查 Check: duibiao register check --register {folder}\n"
        f"运行 Run:   DUIBIAO_REGISTER={folder} duibiao up"
    )


def _refuse(words: str) -> NoReturn:
    typer.echo(words, err=True)
    raise typer.Exit(1)


def _loaded(folder: Path | None, overlay: Path | None, *, as_json: bool) -> Register:
    try:
        return load(folder or default_folder(), overlay)
    except RegisterError as error:
        _print_faults(error.faults, as_json=as_json)
        raise typer.Exit(1) from error


def _print_faults(faults: Sequence[Fault], *, as_json: bool) -> None:
    if as_json:
        told = [
            {"file": f.file, "line": f.line, "message": f.message, "message_zh": f.message_zh}
            for f in faults
        ]
        _print_json({"sound": False, "version": None, "faults": told})
        return
    table = Table(title=f"登记册有 {len(faults)} 处问题 faults in the register")
    table.add_column("位置", no_wrap=True)
    table.add_column("问题", overflow="fold")
    for fault in faults:
        said = f"{escape(fault.message_zh)}\n[dim]{escape(fault.message)}[/dim]"
        table.add_row(f"{escape(fault.file)}:{fault.line}", said)
    Console().print(table)


def _print_table(heading: str, columns: Sequence[tuple[str, str]], rows: Sequence[Row]) -> None:
    table = Table(title=f"{heading}（{len(rows)}）")
    for _, name in columns:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(_shown(row[key]) for key, _ in columns))
    Console().print(table)


def _print_thing(register: Register, what: str, found: Row) -> None:
    table = Table(title=register.notice.number if what == "summary" else what, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for key, value in found.items():
        table.add_row(f"{LABELS.get(key, '')} [dim]{key}[/dim]".strip(), _shown(value))
    Console().print(table)


def _shown(value: object) -> str:
    if value is None:
        return "—"
    if isinstance(value, bool):
        return "是 yes" if value else "否 no"
    if isinstance(value, dict):
        return "\n".join(f"{key}: {_shown(item)}" for key, item in value.items())
    if isinstance(value, list):
        parted = "\n\n" if any(isinstance(item, dict) for item in value) else ", "
        return parted.join(map(_shown, value)) or "—"
    return escape(str(value))


def _print_json(data: object) -> None:
    typer.echo(json.dumps(data, ensure_ascii=False, indent=2))
