"""A breach is posted; Prometheus sees it, Alertmanager gets it, the office is written to.

Everything is real: three services, the rules and routes that ship, Prometheus, Alertmanager. Only
addresses are put in, and the waits of minutes taken out (promtool tests them).
"""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import httpx
import pytest
import yaml

from duibiao.core.clock import SystemClock
from duibiao.store import Store
from duibiao.web.dev_keys import dev_keys
from duibiao.web.keyring import Keyring
from tests.e2e.mailbox import Letter, Mailbox, mailbox
from tests.service.deploy.grafana import queries
from tests.support.monitoring import (
    DEPLOY,
    METRIC,
    REGISTER_RULES,
    RULES,
    START_WITHIN,
    Json,
    Server,
    alert_rules,
    alertmanager,
    program,
    prometheus,
)
from tests.support.product import Product
from tests.support.servers.programs import run
from tests.support.waiting import until

NAMES: Final = ("ingest", "indicators", "alerts")
OFFICE: Final = "business-environment-office@example.invalid"
BREACH: Final = {
    "indicator": "export-rebate-days",
    "period": "2021Q4",
    "value": 5.51,
    "sample_size": 9,
}


@dataclass(frozen=True, slots=True)
class Monitored:
    services: dict[str, Product]
    prometheus: Server
    alertmanager: Server
    mail: Mailbox

    def firing(self, name: str) -> list[Json]:
        """Return the alerts of a rule that Alertmanager holds as firing."""
        found: list[Json] = self.alertmanager.get(
            "/api/v2/alerts", filter=f'alertname="{name}"', active="true"
        )
        return found

    def fires(self, name: str) -> Json:
        """Wait until Alertmanager holds the one alert of a rule."""
        (found,) = until(lambda: self.firing(name) or None, what=f"{name} is alerted")
        return found

    def written_to(self, recipient: str, subject: str) -> Letter:
        """Wait for a letter whose subject begins so."""
        return until(
            lambda: next(
                (
                    letter
                    for letter in self.mail.to(recipient)
                    if letter.subject.startswith(subject)
                ),
                None,
            ),
            what=f"{recipient} is written to: {subject}",
        )


def alertmanager_config(folder: Path, mail: Mailbox) -> Path:
    folder.mkdir()
    shipped = (DEPLOY / "alertmanager" / "alertmanager.yml").read_text("utf-8")
    config = yaml.safe_load(shipped)
    config["global"] |= {"smtp_smarthost": f"127.0.0.1:{mail.port}", "smtp_require_tls": False}
    config["route"] |= {"group_wait": "1s", "group_interval": "1s"}
    words = (DEPLOY / "alertmanager" / "words.tmpl").read_text("utf-8")
    (folder / "words.tmpl").write_text(words, "utf-8")
    file = folder / "alertmanager.yml"
    file.write_text(yaml.safe_dump(config, allow_unicode=True), "utf-8")
    return file


def prometheus_config(folder: Path, services: dict[str, Product], receiver: Server) -> Path:
    folder.mkdir()
    shipped = (DEPLOY / "prometheus" / "prometheus.yml").read_text("utf-8")
    for name, product in services.items():
        shipped = shipped.replace(f"{name}:8080", f"127.0.0.1:{product.port}")
    shipped = shipped.replace("alertmanager:9093", receiver.url.removeprefix("http://"))
    shipped = re.sub(r"_interval: 15s", "_interval: 1s", shipped)
    (folder / "rules.d").mkdir()
    for source, name in ((RULES, "rules.yml"), (REGISTER_RULES, "rules.d/register.yml")):
        rules = re.sub(r"\bfor: \d+m\n", "for: 0s\n", source.read_text("utf-8"))
        (folder / name).write_text(rules, "utf-8")
    file = folder / "prometheus.yml"
    file.write_text(shipped, "utf-8")
    return file


def keys_of_the_installation(folder: Path) -> None:
    """Make the keys that `duibiao up` would have made."""
    access = Store(f"sqlite:///{folder}/duibiao.db", "access")
    keyring = Keyring(access, SystemClock(), "sha256")
    dev_keys(keyring, ["tax-bureau"], folder / "dev-keys.json")
    keyring.close()
    access.close()


@pytest.fixture(scope="module")
def monitored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Monitored]:
    folder = tmp_path_factory.mktemp("monitored")
    state = folder / "state"
    state.mkdir()
    keys_of_the_installation(state)
    with ExitStack() as stack:
        mail = stack.enter_context(mailbox())
        receiver = stack.enter_context(
            alertmanager(alertmanager_config(folder / "alertmanager", mail))
        )
        # Installed after the year of the notice: its reports are shown, and raise no alert.
        settings = {
            "DUIBIAO_WATCH_FROM": "2022-01-01",
            "DUIBIAO_ALERTMANAGER_URLS": receiver.url,
            "DUIBIAO_PUBLIC_URL": "https://board.example.invalid",
        }
        services = {
            name: Product(state, arguments=("serve", name), settings=settings) for name in NAMES
        }
        for product in services.values():
            stack.push(product)
            product.start(wait=False)
        watching = stack.enter_context(
            prometheus(prometheus_config(folder / "prometheus", services, receiver))
        )
        until(
            lambda: len(watching.query('up{job=~"duibiao-.+"} == 1')) == len(NAMES),
            seconds=START_WITHIN,
            what="all services are scraped",
        )
        posted = services["ingest"].post("observations", "tax-bureau", BREACH)
        assert posted.status_code == httpx.codes.ACCEPTED, posted.text
        nobody = services["ingest"].client.get("/v1/submissions")
        assert nobody.status_code == httpx.codes.UNAUTHORIZED, nobody.text
        yield Monitored(services, watching, receiver, mail)


def test_a_breach_is_told_to_the_office_with_its_card(monitored: Monitored) -> None:
    breached = monitored.fires("TargetBreached")

    assert breached["receivers"] == [{"name": "office"}]
    assert (breached["labels"]["target"], breached["labels"]["colour"]) == ("T16", "yellow")
    letter = monitored.written_to(OFFICE, "【对标预警】黄〔")
    assert "T16 出口退税平均5.5个工作日：未达标或回落（2021Q4）" in letter.text
    assert f"https://board.example.invalid{urlsplit(breached['generatorURL']).path}" in letter.text


def test_the_rules_say_the_same_of_the_target_and_the_card_hides_it(monitored: Monitored) -> None:
    missed, cards = monitored.fires("TargetMissed"), monitored.fires("YellowCardsOpen")

    assert missed["labels"] == {
        "alertname": "TargetMissed",
        "target": "T16",
        "severity": "warning",
        "owner": "office",
    }
    assert missed["receivers"] == cards["receivers"] == [{"name": "office"}]
    assert missed["annotations"]["summary"].startswith("目标 T16 未达标：出口退税")
    assert cards["annotations"]["summary"] == "未结黄牌 1 张"
    assert missed["annotations"]["runbook_url"].endswith("docs/runbooks/TargetMissed.md")
    hidden = until(lambda: monitored.fires("TargetMissed")["status"]["inhibitedBy"], what="hidden")
    assert hidden == [monitored.fires("TargetBreached")["fingerprint"]]


def test_every_rule_can_be_evaluated_on_what_the_services_show(monitored: Monitored) -> None:
    groups = monitored.prometheus.get("/api/v1/rules")["data"]["groups"]
    rules = [rule for group in groups for rule in group["rules"]]

    of_files = [*alert_rules(), *alert_rules(REGISTER_RULES)]
    alerting = {rule["name"] for rule in rules if rule["type"] == "alerting"}
    assert alerting == {rule["alert"] for rule in of_files}
    assert {rule["name"]: rule["lastError"] for rule in rules if rule.get("lastError")} == {}
    assert {rule["health"] for rule in rules} == {"ok"}


def test_every_metric_of_rules_and_board_is_among_what_the_services_show(
    monitored: Monitored,
) -> None:
    shipped = (*alert_rules(), *alert_rules(REGISTER_RULES))
    texts = [*(rule["expr"] for rule in shipped), *(text for _, text in queries())]
    asked = {name for text in texts for name in METRIC.findall(text)}

    asked.remove("duibiao_clock_skew_seconds")  # a file of SQLite has no clock to compare with

    def missing() -> set[str]:
        return asked - set(monitored.prometheus.get("/api/v1/label/__name__/values")["data"])

    until(lambda: not missing(), what="every metric is shown")


@pytest.mark.parametrize("name", NAMES)
def test_what_a_service_shows_is_as_prometheus_wants_it(
    monitored: Monitored, name: str, tmp_path: Path
) -> None:
    shown = monitored.services[name].client.get("/metrics").text
    command = [program("prometheus", "promtool"), "check", "metrics"]

    assert shown.count("\n# TYPE duibiao_") > 5
    assert run("prometheus", command, tmp_path, said=shown) == ""


def test_every_panel_of_the_boards_gets_an_answer(monitored: Monitored) -> None:
    # Nobody was late, and the unit was refused nothing.
    without = {"office: 迟报单位 Late by unit", "unit: 拒绝 Refusals"}
    asked = queries("tax-bureau")

    def empty() -> set[str]:
        return {title for title, text in asked if not monitored.prometheus.query(text)}

    until(lambda: empty() <= without, what="the panels show something")


def test_a_service_that_goes_away_is_told_to_the_operators(monitored: Monitored) -> None:
    monitored.fires("YellowCardsOpen")
    until(lambda: not monitored.firing("ServiceDown"), what="all services are known to be up")
    alerts = monitored.services["alerts"]
    assert alerts.stop() == 0

    down = monitored.fires("ServiceDown")

    assert down["labels"]["service"] == "alerts"
    assert down["receivers"] == [{"name": "operators"}]
    monitored.written_to("operators@example.invalid", "【对标预警】服务 alerts 无应答")
    alerts.start()
    until(lambda: not monitored.firing("ServiceDown"), what="it is known to be up again")
