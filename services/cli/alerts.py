"""`duibiao alerts`: alerts 预警 listed, shown and acted on, over the public API.

An action is sent with the version of the alert that was shown, and refused once somebody else has
acted. Exit codes: 0 good, 1 the answer is no (there is no such alert, the key may not, the alert
has changed or its state does not allow it), 2 wrong use, or the product is not available.
"""

import json
import re
from collections.abc import Callable, Mapping
from functools import partial
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import quote

import httpx
import typer
from rich.console import Console
from rich.markup import escape
from typer import Argument, Option

from duibiao.web.board.marks import alert_number
from duibiao.web.board.words import ALERT_STATE, ALERT_STEP, say
from duibiao.web.every_item import Row, every_item
from services.cli.asking import Url, asking
from services.cli.output import AsJson, print_json, print_table

app = typer.Typer(no_args_is_help=True, add_completion=False)

# The actions: a command each, with an option per field of the body; those with ? are optional.
_KNOWN: Final[Mapping[str, Any]] = json.loads(Path(__file__).with_suffix(".json").read_bytes())
_FILTERS: Final = "state? colour? org? target? lead?"
_SAID: Final = ("comment", "reason", "cause", "measures", "finish_by", "files")

Alert = Annotated[str, Argument(metavar="ALERT", help="文号或编号 its number or id")]
Seen = Annotated[
    str,
    Option(
        metavar="VERSION",
        help="不确认，仅在仍为此版本时办理 do not ask; act on this version only, or on any",
    ),
]
KeyFile = Annotated[Path | None, Option(exists=True, help="密钥文件 file with the key")]
Whose = Annotated[
    str, Option("--as", metavar="CODE", help="使用哪个单位的密钥 the unit whose key is used")
]


def _command(name: str, words: str, fields: str = "") -> Callable[[Callable[..., None]], None]:
    """Add a command with an option per field, and those that say what is asked with which key."""

    def add(does: Callable[..., None]) -> None:
        def run(
            *, url: Url = "", key_file: KeyFile = None, whose: Whose = "office", **given: object
        ) -> None:
            with asking(url, key_file, org=whose, refused=1) as client:
                does(client, **given)

        own, ours = signature(does).parameters.values(), signature(run).parameters.values()
        options = [*own, *map(_option, fields.split()), *ours]
        taken = [one for one in options if one.name not in ("client", "given")]
        run.__signature__ = Signature(taken)  # type: ignore[attr-defined]
        app.command(name, help=words)(run)

    return add


def _option(name: str) -> Parameter:
    name, default = name.removesuffix("?"), None if name.endswith("?") else Parameter.empty
    kind: Any = list[str] if name == "files" else str
    option = Option(f"--{name.strip('_').replace('_', '-')}", help=_KNOWN["options"][name])
    kind = kind | None if default is None else kind
    return Parameter(
        name, Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[kind, option]
    )


@_command("list", "列出预警，最新的在前。List alerts, the newest first.", _FILTERS)
def _list(client: httpx.Client, *, as_json: AsJson = False, **given: str | None) -> None:
    asked = {name: value for name, value in given.items() if value is not None}
    rows = list(every_item(client, "/v1/alerts", **asked, limit=1_000))
    if as_json:
        print_json(rows)
    else:
        _table(rows, Console())
        typer.echo(f"共 {len(rows)} 件。{len(rows)} alerts.")


@_command("show", "查看一件预警及其全过程。Show an alert with its whole history.")
def _show_one(client: httpx.Client, alert: Alert, *, as_json: AsJson = False) -> None:
    found, _ = _found(client, alert)
    print_json(found) if as_json else _show(found, Console())


def _act(
    verb: str,
    client: httpx.Client,
    alert: Alert,
    *,
    seen: Seen = "",
    as_json: AsJson = False,
    **given: str | list[str] | None,
) -> None:
    found, etag = _found(client, alert)
    if not seen:
        _show(found, Console(stderr=True))
        typer.confirm(f"办理？{verb.capitalize()}?", abort=True, err=True)
    answer = client.post(
        f"/v1/alerts/{found['id']}/{verb}",
        json={name.strip("_"): value for name, value in given.items() if value},
        headers={"If-Match": {"": etag, "any": "*"}.get(seen, f'"{seen}"')},
    )
    acted = answer.raise_for_status().json()
    print_json(acted) if as_json else _table([acted], Console())


for _verb, _about in _KNOWN["actions"].items():
    _command(_about["name"], _about["help"], _about["fields"])(partial(_act, _verb))


def _found(client: httpx.Client, alert: str) -> tuple[Row, str]:
    """Return an alert by its id or either form of its number, and its ETag."""
    number = re.fullmatch(r"([蓝黄红])[-〔]([0-9]{4})[-〕]([0-9]{1,9})号?", alert)
    if number is not None:
        asked = {"number": f"{number[1]}-{number[2]}-{int(number[3]):04}"}
        listed = client.get("/v1/alerts", params=asked).raise_for_status().json()["items"]
        alert = listed[0]["id"] if listed else alert
    answer = client.get(f"/v1/alerts/{quote(alert, safe='')}").raise_for_status()
    return answer.json(), answer.headers["ETag"]


def _table(rows: list[Row], console: Console) -> None:
    headings = (
        *("文号 number", "状态 state", "事项 about", "单位 org", "期间 period"),
        *("牵头 leads", "回复期限 reply due"),
    )
    lines = (
        (
            alert_number(row["number"]),
            f"{say(ALERT_STATE, row['state'], 'zh')} {row['state']}",
            _text(row["target"] or row["duty"]),
            *(_text(row[name]) for name in ("org", "period", "leads", "reply_due")),
        )
        for row in rows
    )
    print_table(None, headings, lines, whole=(headings[0], headings[-1]), console=console)


def _show(alert: Row, console: Console) -> None:
    """Print an alert and its steps with what was said; the title of these is its version."""
    _table([alert], console)
    steps = []
    for step in alert["history"]:
        said = step | (step["reply"] or {"cause": None})  # of a step, cause is the machine's
        words = "；".join(_text(said[name]) for name in _SAID if said.get(name))
        done = f"{say(ALERT_STEP, step['step'], 'zh')} {step['step']}"
        steps.append((step["at"][:19], done, step["actor"], escape(words)))
    title = f"版本 version {len(steps)}"
    headings = ("时间 at (UTC)", "步骤 step", "经办 who", "内容 what was said")
    print_table(title, headings, steps, console=console)


def _text(value: object) -> str:
    if isinstance(value, list):
        return "、".join(one if isinstance(one, str) else one["name"] for one in value)
    return "" if value is None else str(value)
