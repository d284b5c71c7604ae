"""`duibiao register`: a register to begin with, whether one is valid, what is in it or changes.

Exit codes: 0 good, 1 the register is invalid or holds no such thing, 2 wrong use.
"""

from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from duibiao.core import Settings
from duibiao.register import PARTS, Register, RegisterError, default_folder, load
from services.cli.output import AsJson, end, print_json, print_table
from services.cli.register_rows import LABELS, LISTS, plain, summary, thing

app = typer.Typer(no_args_is_help=True, add_completion=False)

Folder = Annotated[
    Path | None,
    typer.Option(
        "--register",
        exists=True,
        file_okay=False,
        help="登记册文件夹。Folder of the register; that of the settings by default.",
    ),
]
Overlay = Annotated[
    Path | None,
    typer.Option(
        "--overlay",
        exists=True,
        dir_okay=False,
        help="本地目标值文件。File of local thresholds; that of the settings by default.",
    ),
]
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
    register = loaded(folder, overlay, as_json=as_json)
    if as_json:
        print_json({"valid": True, "version": register.version, "errors": []})
        return
    counts = summary(register)["counts"]
    Console().print(
        f"[green]登记册无误[/green] The register is valid: {register.version}\n"
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
    register = loaded(folder, overlay, as_json=as_json)
    if what in LISTS:
        heading, columns, things = LISTS[what]
        rows = [plain(thing) for thing in things(register)]
        if as_json:
            print_json({"items": rows})
        else:
            cells = [[_shown(row[key]) for key in columns] for row in rows]
            print_table(f"{heading}（{len(rows)}）", [LABELS[key] for key in columns], cells)
        return
    found = summary(register) if what == "summary" else thing(register, what)
    if found is None:
        end(f"登记册中没有 {what}。The register holds no {what}.")
    if as_json:
        print_json(found)
    else:
        title = register.notice.number if what == "summary" else what
        cells = [
            [f"{LABELS.get(key, '')} [dim]{key}[/dim]".strip(), _shown(value)]
            for key, value in found.items()
        ]
        print_table(title, ("", " "), cells, whole=("",), show_header=False)


@app.command()
def diff(
    folder: Folder = None,
    overlay: Overlay = None,
    calendar: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="调休文件 a file of days to lay over."),
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """比较拟启用的登记册与现行登记册，并预演哪些结论会改变。Compare with the one in force.

    Nothing is changed. Exit codes: 0 no verdict flips, 1 some do.
    """
    from services.cli.register_diff import changes, flips  # noqa: PLC0415 - slow to import

    settings, new = Settings(), loaded(folder, overlay, as_json=as_json)
    old = loaded(None, None, as_json=as_json)
    changed, flipped = list(changes(old, new)), flips(settings, old, new, calendar)
    if as_json:
        print_json({"version": new.version, "changes": changed, "flips": flipped})
    else:
        fields: tuple[str, ...] = ("list", "code", "field", "before", "after")
        rows = [[_shown(one[name]) for name in fields] for one in changed]
        print_table(f"登记册的不同之处 changes（{len(rows)}）", fields, rows)
        fields = ("target", "org", "region", "period", "before", "after")
        rows = [[_shown(one[name]) for name in fields] for one in flipped]
        print_table(f"会改变的结论 flips（{len(rows)}）", fields, rows)
    raise typer.Exit(1 if flipped else 0)


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="新文件夹。A folder that is new or empty.")],
) -> None:
    """写出一套带注释、可直接运行的示例登记册。Write a small commented register to begin with."""
    starter = files("duibiao.register") / "starter"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            end(f"{folder} 不是空文件夹。{folder} is not empty.")
        for part in PARTS:
            (folder / f"{part}.yaml").write_bytes((starter / f"{part}.yaml").read_bytes())
    except OSError as error:
        end(f"无法写入 cannot write: {error}")
    typer.echo(
        f"已写入 {len(PARTS)} 个文件。{len(PARTS)} files written.\n"
        f"检查 Check: duibiao register check --register {folder}\n"
        f"运行 Run:   DUIBIAO_REGISTER={folder} duibiao up"
    )


def loaded(folder: Path | None, overlay: Path | None, *, as_json: bool = False) -> Register:
    """Load a register; print every fault of one that is invalid, and end with 1."""
    settings = Settings()
    folder = folder or settings.register_folder or default_folder()
    try:
        return load(folder, overlay or settings.register_overlay)
    except RegisterError as error:
        faults = error.errors
    if as_json:
        print_json({"valid": False, "version": None, "errors": faults})
    else:
        rows = [
            (
                f"{escape(fault.file)}:{fault.line}",
                f"{escape(fault.message_zh)}\n[dim]{escape(fault.message)}[/dim]",
            )
            for fault in faults
        ]
        title = f"登记册有 {len(faults)} 处问题 faults in the register"
        print_table(title, ("位置", "问题"), rows, whole=("位置",))
    raise typer.Exit(1)


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
