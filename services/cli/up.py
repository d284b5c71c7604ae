"""`duibiao up`: all three services in one process, with the sample where the store is empty."""

import json
import sys
from typing import Annotated

import httpx
import structlog
import typer
from rich.console import Console

from duibiao.core.clock import SystemClock
from duibiao.web.dev_keys import dev_keys
from services.cli import sample, summary
from services.cli.assembly import SERVICES, Installation
from services.cli.key_file import keys_file
from services.cli.waiting import until_settled

_log = structlog.get_logger(__name__)

SAMPLE_POSTED = "sample-posted"

app = typer.Typer(add_completion=False)


@app.command()
def up(
    *,
    with_sample: Annotated[
        bool, typer.Option("--sample/--no-sample", help="空库时先报送示例数据。Sample first.")
    ] = True,
) -> None:
    """启动全部服务（单进程）。Start all three services in one process."""
    installation = Installation.open(SystemClock(), sample=with_sample)
    process = installation.process(tuple(SERVICES))
    path = keys_file(installation.settings.state_folder)
    dev_keys(installation.keyring, sorted(_reporting(installation)), path)
    sys.exit(process.run(lambda: _greet(installation, f"http://127.0.0.1:{process.port}")))


def _reporting(installation: Installation) -> set[str]:
    """Return the orgs that report anything: figures, cases or progress."""
    register = installation.register
    figures = {org for row in register.indicators.values() for org in row.reported_by}
    return figures | {org for measure in register.measures for org in measure.leads}


def _greet(installation: Installation, url: str) -> None:
    """Once the product serves: post the sample if one is due, then say what is where."""
    folder = installation.settings.state_folder
    keys = json.loads(keys_file(folder).read_text(encoding="utf-8"))
    posted = folder / SAMPLE_POSTED
    headers = {"Authorization": f"Bearer {keys['office']}"}
    try:
        with httpx.Client(base_url=url, timeout=60, headers=headers) as client:
            is_sample = client.get("/v1/notice").raise_for_status().json()["sample"]
            if is_sample and not posted.exists():
                # Cut short the last time, it begins again: every batch has its Idempotency-Key.
                batches = sample.read(sample.folder(installation.settings))
                ids = sample.post(client, keys["office"], keys["orgs"], batches)
                _log.info("sample posted", submissions=len(ids))
                posted.touch()
            until_settled(client)
            overview = summary.ask(client)
    except httpx.TransportError as error:
        # The process is being ended under us; the next start goes on where this one stopped.
        _log.info("greeting cut short", reason=str(error))
        return
    console = Console(highlight=False)
    summary.show(console, overview)
    if is_sample:
        console.print("全部为示例数据，非真实。All figures are a sample.")
    register = installation.register
    example = (
        f"curl -s '{url}/v1/verdicts?target={register.targets[0].id}&org=&region={register.city}' "
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
