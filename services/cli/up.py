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
    path = keys_file(installation.settings.state_folder)
    dev_keys(installation.keyring, sorted(_reporting(installation)), path)
    process = installation.process(tuple(SERVICES))

    def greet() -> None:
        _Greeting(installation, process.port).give()

    sys.exit(process.run(greet))


def _reporting(installation: Installation) -> set[str]:
    """Return the orgs that report anything: figures, cases or progress."""
    register = installation.register
    figures = {org for row in register.indicators.values() for org in row.reported_by}
    return figures | {org for measure in register.measures for org in measure.leads}


class _Greeting:
    """What `up` does once it serves: post the sample if one is due, then say what is where."""

    def __init__(self, installation: Installation, port: int) -> None:
        self._installation = installation
        self._url = f"http://127.0.0.1:{port}"
        self._keys_file = keys_file(installation.settings.state_folder)
        self._keys = json.loads(self._keys_file.read_text(encoding="utf-8"))

    def give(self) -> None:
        try:
            with httpx.Client(base_url=self._url, timeout=60) as client:
                self._post_sample(client)
                until_settled(client, self._keys["office"])
                self._say(client)
        except httpx.TransportError as error:
            # The process is being ended under us; the next start goes on where this one stopped.
            _log.info("greeting cut short", reason=str(error))

    def _post_sample(self, client: httpx.Client) -> None:
        posted = self._installation.settings.state_folder / SAMPLE_POSTED
        if not self._sample(client) or posted.exists():
            return
        # Cut short the last time, it begins again: every batch has an Idempotency-Key of its own.
        batches = sample.read(sample.folder(self._installation.settings))
        ids = sample.post(client, self._keys["office"], self._keys["orgs"], batches)
        _log.info("sample posted", submissions=len(ids))
        posted.touch()

    def _sample(self, client: httpx.Client) -> bool:
        answer = client.get(
            "/v1/notice", headers={"Authorization": f"Bearer {self._keys['office']}"}
        )
        sample: bool = answer.raise_for_status().json()["sample"]
        return sample

    def _say(self, client: httpx.Client) -> None:
        console = Console(highlight=False)
        register = self._installation.register
        summary.show(console, summary.ask(client, self._keys["office"]))
        example = (
            f"curl -s '{self._url}/v1/verdicts?target={register.targets[0].id}"
            f"&org=&region={register.city}' "
            f"-H \"Authorization: Bearer $(python3 -c 'import json; "
            f'print(json.load(open("{self._keys_file}"))["office"])\')"'
        )
        for line in (
            "全部为示例数据，非真实。All figures are a sample." if self._sample(client) else "",
            f"看板 Board:   {self._url}/board",
            f"接口 API:     {self._url}/docs",
            f"密钥 Keys:    {self._keys_file}",
            f"试一试 Try:   {example}",
            "按 Ctrl-C 结束。Ctrl-C ends it.",
        ):
            if line:
                console.print(line, soft_wrap=True, markup=False)
