"""`duibiao people`: people added, listed and ended on the machine that holds their store.

As `duibiao keys`: it asks for no key, and the audit log names the user of the machine.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from typing import Annotated

import typer
from rich.markup import escape

from duibiao.core import SystemClock
from duibiao.register import default_folder, load
from duibiao.store.opening import open_store
from duibiao.web.access import POSITIONS_ZH, Position
from duibiao.web.keyring import Keyring
from duibiao.web.keys import Wanted
from duibiao.web.people import NewPerson, NoSuchPersonError
from services.cli.local import command_settings, person
from services.cli.output import AsJson, end, print_json, print_table

app = typer.Typer(no_args_is_help=True, add_completion=False)

_HEADINGS = ("编号 id", "姓名 name", "职务 position", "单位 org", "状态 state")


@app.command()
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="姓名。Name.")],
    *,
    position: Annotated[Position, typer.Option(help="职务。Position.")],
    org: Annotated[str | None, typer.Option(help="单位代码。Code of the org.")] = None,
    email: Annotated[str | None, typer.Option(help="电子邮箱。E-mail address.")] = None,
    subject: Annotated[str | None, typer.Option(help="统一认证标识。OpenID `sub`.")] = None,
    key: Annotated[bool, typer.Option(help="同时生成个人密钥。Make a key of theirs.")] = True,
    as_json: AsJson = False,
) -> None:
    """新增人员，个人密钥仅显示一次。Add a person; the key is shown this once."""
    settings = command_settings()
    register = load(settings.register_folder or default_folder(), settings.register_overlay)
    if org is not None and org not in register.orgs:
        raise typer.BadParameter(f"登记册中没有单位 {org}。The register knows no org {org}.")
    try:
        wanted = NewPerson(name, position, org, email, subject)
        with _access() as access:
            row = access.people.create(wanted, note=person())
            personal = Wanted(row.org, row.role, row.name, person=row.id)
            made = access.keys.create(personal, note=person()).text if key else None
    except ValueError as error:
        raise typer.BadParameter(f"参数有误 Invalid: {error}") from None
    if as_json:
        print_json({**asdict(row), "key": made})
        return
    typer.echo(f"{row.id} {row.name}")
    if made is not None:
        typer.echo("密钥仅显示这一次，请妥善保存。The key is shown this once; keep it safe:")
        typer.echo(made)


@app.command("list")
def listed(
    *,
    everybody: Annotated[bool, typer.Option("--all", help="含已停用。Ended ones too.")] = False,
    as_json: AsJson = False,
) -> None:
    """人员列表，最新的在前。List people, the newest first."""
    with _access() as access:
        rows = [row for row in access.people.rows() if everybody or row.ended_at is None]
    if as_json:
        print_json({"items": [asdict(row) for row in rows]})
        return
    shown = [
        (
            *(row.id, escape(row.name), POSITIONS_ZH[row.position], row.org or ""),
            "已停用 ended" if row.ended_at else "在用 live",
        )
        for row in rows
    ]
    print_table(f"人员 People（{len(rows)}）", _HEADINGS, shown, whole=_HEADINGS[:1])


@app.command("end")
def ended(
    person_id: Annotated[str, typer.Argument(metavar="PERSON_ID", help="人员编号。Id.")],
    *,
    as_json: AsJson = False,
) -> None:
    """停用人员，其密钥和登录5秒内失效。End a person, with keys and sessions, within 5 s."""
    with _access() as access:
        row = access.people.end(person_id, note=person())
    if as_json:
        print_json(asdict(row))
    else:
        typer.echo(f"已停用 Ended: {row.name}")


@contextmanager
def _access() -> Iterator[Keyring]:
    settings = command_settings()
    try:
        with (
            closing(open_store(settings, "access")) as store,
            closing(Keyring(store, SystemClock(), settings.audit_hash)) as access,
        ):
            yield access
    except NoSuchPersonError as error:
        end(f"没有此人，或已停用。There is nobody {error}, or they have ended.")
