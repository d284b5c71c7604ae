"""`duibiao keys`: keys made, listed, revoked and rotated on the machine that holds their store.

Whoever can run this can read the store anyway; so it asks for no key, and the audit log names the
user of the machine. Exit codes: 0 good, 1 it cannot be done as things stand, 2 wrong use.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from ipaddress import ip_network
from typing import Annotated, Final, cast

import typer
from rich.markup import escape

from duibiao.core import SystemClock
from duibiao.register import default_folder, load
from duibiao.store.opening import open_store
from duibiao.web.access import SCOPES, Role, Scope
from duibiao.web.keys import (
    LIVE_AT_MOST,
    KeyNotLiveError,
    KeyRow,
    Keys,
    Made,
    NoSuchKeyError,
    TooManyKeysError,
    Wanted,
    fields_of,
)
from duibiao.workdays import SHANGHAI
from services.cli.local import command_settings, person
from services.cli.output import AsJson, end, print_json, print_table
from services.ingest.domain.times import parse_time

app = typer.Typer(no_args_is_help=True, add_completion=False)

KeyId = Annotated[str, typer.Argument(metavar="KEY_ID", help="密钥编号（12位）。Id of the key.")]
Expires = Annotated[
    str | None,
    typer.Option(
        metavar="TIME", help="失效时间，如2026-12-31（当日零时）。When it ends, at 00:00 of a day."
    ),
]

_STATE_ZH: Final = {"live": "有效", "expired": "已过期", "revoked": "已吊销"}
_STYLES: Final = {"live": "green", "expired": "yellow", "revoked": "red"}


@app.command()
def create(
    *,
    org: Annotated[str | None, typer.Option(help="单位代码。Code of the org.")] = None,
    role: Annotated[Role, typer.Option(help="角色。Role.")] = "org",
    label: Annotated[str, typer.Option(help="用途说明。What it is for.")] = "",
    scope: Annotated[
        list[str] | None,
        typer.Option(metavar="|".join(SCOPES), help="权限范围，可多次；默认全部。All by default."),
    ] = None,
    network: Annotated[
        list[str] | None,
        typer.Option(metavar="CIDR", help="来源网段，可多次；默认不限。Only from this network."),
    ] = None,
    expires: Expires = None,
    as_json: AsJson = False,
) -> None:
    """新建密钥，仅显示一次。Make a key; it is shown this once."""
    settings = command_settings()
    if org is not None:
        register = load(settings.register_folder or default_folder(), settings.register_overlay)
        if org not in register.orgs:
            raise typer.BadParameter(f"登记册中没有单位 {org}。The register knows no org {org}.")
    scopes = frozenset(cast("list[Scope]", scope) or SCOPES)
    try:
        networks = tuple(map(ip_network, network or ()))
        wanted = Wanted(org, role, label, scopes, networks, _expiry(expires))
    except ValueError as error:
        raise typer.BadParameter(f"参数有误 Invalid: {error}") from None
    with _keys() as keys:
        made = keys.create(wanted, note=person())
    _show_made(made, as_json=as_json)


@app.command("list")
def listed(
    *,
    org: Annotated[str | None, typer.Option(help="只看一个单位。Of one org.")] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="含已吊销和已过期。Revoked and expired ones too.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """密钥列表，最新的在前。List keys, the newest first."""
    now = SystemClock().now()
    with _keys() as keys:
        rows = [row for row in keys.rows() if org is None or row.org == org]
    chosen = [row for row in rows if everything or row.state_at(now) == "live"]
    if as_json:
        print_json({"items": [fields_of(row, now) for row in chosen]})
    else:
        _show(chosen)


@app.command()
def revoke(key_id: KeyId, *, as_json: AsJson = False) -> None:
    """吊销密钥，5秒内处处失效，不可恢复。Revoke a key for good, everywhere within 5 s."""
    with _keys() as keys:
        row = keys.revoke(key_id, note=person())
    if as_json:
        print_json(fields_of(row, SystemClock().now()))
    else:
        _show([row])


@app.command()
def rotate(
    key_id: KeyId,
    *,
    overlap_hours: Annotated[
        float,
        typer.Option(
            min=0, max=92 * 24, help="旧密钥继续有效的小时数。Hours the old one lives on."
        ),
    ] = 24.0,
    expires: Expires = None,
    as_json: AsJson = False,
) -> None:
    """轮换密钥：生成新密钥，旧密钥在重叠期后失效。Make a key that takes over from another."""
    overlap, expires_at = timedelta(hours=overlap_hours), _expiry(expires)
    with _keys() as keys:
        made = keys.rotate(key_id, overlap=overlap, expires_at=expires_at, note=person())
    _show_made(made, as_json=as_json)


@contextmanager
def _keys() -> Iterator[Keys]:
    """Open the keys of the installation; what cannot be done to them ends with 1."""
    settings = command_settings()
    try:
        with closing(open_store(settings, "access")) as store:
            yield Keys(store, SystemClock(), settings.audit_hash)
    except NoSuchKeyError as error:
        end(f"没有密钥 {error.args[0]}。There is no key {error.args[0]}.")
    except KeyNotLiveError as error:
        end(f"密钥已吊销或已过期。The key {error} is revoked or expired already.")
    except TooManyKeysError as error:
        end(
            f"{error} 已有 {LIVE_AT_MOST} 个有效密钥，请先吊销一个。"
            f"{error} has {LIVE_AT_MOST} live keys already; revoke one first."
        )


def _expiry(text: str | None) -> datetime | None:
    if text is None:
        return None
    read = parse_time(text)
    if read is None or read <= SystemClock().now():
        raise typer.BadParameter(f"失效时间应晚于现在 {text}: no time to come, RFC 3339 or a day")
    return read


def _show_made(made: Made, *, as_json: bool) -> None:
    if as_json:
        print_json({**fields_of(made.row, SystemClock().now()), "key": made.text})
        return
    _show([made.row])
    typer.echo("密钥仅显示这一次，请妥善保存。The key is shown this once; keep it safe:")
    typer.echo(made.text)


def _show(keys: Sequence[KeyRow]) -> None:
    headings = ("编号 id", "单位 org，说明 label", "权限 scopes，网段 networks", "状态 state")
    rows = [(key.id, escape(_names(key)), _reach(key), _life(key)) for key in keys]
    whole = (headings[0], headings[-1])
    print_table(f"密钥 Keys（{len(rows)}）", headings, rows, whole=whole, show_lines=True)


def _names(key: KeyRow) -> str:
    return "\n".join(filter(None, (key.org or key.role, key.label)))


def _reach(key: KeyRow) -> str:
    networks = map(str, key.networks) if key.networks else ["网段不限 from anywhere"]
    return "\n".join((" ".join(one for one in SCOPES if one in key.scopes), *networks))


def _life(row: KeyRow) -> str:
    state = row.state_at(SystemClock().now())
    return (
        f"[{_STYLES[state]}]{_STATE_ZH[state]} {state}[/]\n"
        f"新建 made {_shown(row.created_at)}\n"
        f"失效 ends {_shown(row.revoked_at or row.expires_at)}\n"
        f"使用 used {_shown(row.last_used_at)}"
    )


def _shown(when: datetime | None) -> str:
    return "—" if when is None else f"{when.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
