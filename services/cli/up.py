"""`duibiao up`: all three services in one process, with the sample where the store is empty."""

import json
import sys
import time
from typing import Annotated, Any

import httpx
import structlog
import typer
from rich.console import Console

from duibiao.core.clock import SystemClock
from duibiao.web.dev_keys import dev_keys
from services.cli import sample, summary
from services.cli.assembly import SERVICES, Installation
from services.cli.key_file import keys_file

_log = structlog.get_logger(__name__)

SAMPLE_POSTED = "sample-posted"
_PAUSE = 0.2
_SILENCE = 1.0  # seconds without a new alert, once everything is evaluated
_SETTLING = 60.0  # seconds that this may take

app = typer.Typer(add_completion=False)


@app.command()
def up(
    *,
    with_sample: Annotated[
        bool, typer.Option("--sample/--no-sample", help="空库时先报送示例数据。Sample first.")
    ] = True,
) -> None:
    """启动全部服务（单进程）。Start all three services in one process."""
    here = Installation.open(SystemClock(), sample=with_sample)
    process = here.process(tuple(SERVICES))
    register = here.register
    reporting = {org for row in register.indicators.values() for org in row.reported_by}
    leading = {org for measure in register.measures for org in measure.leads}
    dev_keys(here.keyring, sorted(reporting | leading), keys_file(here.settings.state_folder))
    sys.exit(process.run(lambda: _greet(here, f"http://127.0.0.1:{process.port}")))


def _greet(here: Installation, url: str) -> None:
    """Once the product serves: post the sample if one is due, then say what is where."""
    folder = here.settings.state_folder
    keys = json.loads(keys_file(folder).read_text(encoding="utf-8"))
    posted = folder / SAMPLE_POSTED
    headers = {"Authorization": f"Bearer {keys['office']}"}
    try:
        with httpx.Client(base_url=url, timeout=60, headers=headers) as client:
            is_sample = client.get("/v1/notice").raise_for_status().json()["sample"]
            if is_sample and not posted.exists():
                # Cut short the last time, it begins again: every batch has its Idempotency-Key.
                batches = sample.read(sample.folder(here.settings))
                ids = sample.post(client, keys["office"], keys["orgs"], batches)
                _log.info("sample posted", submissions=len(ids))
                posted.touch()
            _wait_until_settled(client)
            overview = summary.ask(client)
    except httpx.TransportError as error:
        # The process is being ended under us; the next start goes on where this one stopped.
        _log.info("greeting cut short", reason=str(error))
        return
    console = Console(highlight=False)
    summary.show(console, overview)
    if is_sample:
        console.print("全部为示例数据，非真实。All figures are a sample.")
    target, city = here.register.targets[0].id, here.register.city
    example = (
        f"curl -s '{url}/v1/verdicts?target={target}&org=&region={city}' "
        f"-H \"Authorization: Bearer $(python3 -c 'import json; "
        f'print(json.load(open("{keys_file(folder)}"))["office"])\')"'
    )
    for line in (
        f"看板 Board:   {url}/board",
        f"接口 API:     {url}/docs",
        f"密钥 Keys:    {keys_file(folder)}",
        f"试一试 Try:   {example}",
        "按 Ctrl-C 结束。Ctrl-C ends it.",
    ):
        console.print(line, soft_wrap=True, markup=False)


def _wait_until_settled(client: httpx.Client) -> None:
    """Wait until the newest submissions are evaluated and no more alerts come."""

    def newest(path: str) -> list[dict[str, Any]]:
        answer = client.get(path, params={"limit": 1000}).raise_for_status()
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    began = since = time.monotonic()
    known: set[str] = set()
    while time.monotonic() - since < _SILENCE and time.monotonic() - began < _SETTLING:
        alerts = {alert["id"] for alert in newest("/v1/alerts")}
        waiting = any(one["state"] != "evaluated" for one in newest("/v1/submissions"))
        if alerts - known or waiting:
            since = time.monotonic()
        known |= alerts
        time.sleep(_PAUSE)
