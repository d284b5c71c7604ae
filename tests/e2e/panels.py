"""Every panel of Grafana's boards on a real Prometheus, against what the API answers.

Nothing here asks the metrics: what a panel should show is worked out of the lists of the API.
"""

import math
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import yaml

from duibiao.register import parse
from tests.service.deploy.grafana import BOARDS, asked, board, panels
from tests.support.monitoring import Json, Server, prometheus
from tests.support.product import Product, Row
from tests.support.waiting import until

GOOD, BAD = {"met", "sustained"}, {"missed", "regressed"}
SHANGHAI: Final = timezone(timedelta(hours=8))
OPEN: Final = {"pending", "firing", "acknowledged", "replied"}
CHAINS: Final = ("ingest", "access", "indicators", "alerts")
Series = Mapping[tuple[str, ...], float]
"""Values by the labels that tell them apart, in the order of the alphabet, names left out."""


@contextmanager
def scraped(product: Product, folder: Path) -> Iterator[Server]:
    """Run a Prometheus that scrapes a process of all services each second."""
    folder.mkdir()
    jobs = [{
        "job_name": "duibiao-all",
        "scrape_interval": "1s",
        "static_configs": [{"targets": [f"127.0.0.1:{product.port}"]}],
    }]  # fmt: skip
    file = folder / "prometheus.yml"
    file.write_text(yaml.safe_dump({"scrape_configs": jobs}), "utf-8")
    with prometheus(file) as server:
        until(
            lambda: len(server.query("count_over_time(up[1m]) > 1")) == 1,
            seconds=60,
            what="it is scraped twice",
        )
        yield server


@dataclass
class Facts:
    """What the API answers, read once."""

    product: Product
    unit: str

    @cached_property
    def city(self) -> str:
        return str(self.product.get("/v1/notice").json()["region"])

    @cached_property
    def targets(self) -> list[Row]:
        return self.product.items("/v1/targets")

    @cached_property
    def _verdicts(self) -> list[Row]:
        return self.product.items(f"/v1/verdicts?region={self.city}&limit=1000")

    def present(self, org: str | None) -> Mapping[str, Row]:
        """Return the row of each target's present period: the newest with a figure, or the last."""
        today = datetime.now(SHANGHAI).date()
        found = dict[str, Row]()
        for row in sorted(self._verdicts, key=lambda row: last_day(row["period"])):
            if row["org"] == org and parse(row["period"]).first <= today:
                known = found.get(row["target"])
                if row["value"] is not None or known is None or known["value"] is None:
                    found[row["target"]] = row
        return found

    def decisive(self, target: Row) -> set[str]:
        """Return the statuses by which a target is judged: those of all ended periods, or one."""
        if target["decisive"]["status"] is not None:
            return {target["decisive"]["status"]}
        return {
            row["status"]
            for row in self._verdicts
            if row["org"] is None and row["target"] == target["id"] and row["decisive"]
        }

    @cached_property
    def duties(self) -> list[Row]:
        return self.product.items("/v1/duties?limit=1000")

    @cached_property
    def alerts(self) -> list[Row]:
        return self.product.items("/v1/alerts?limit=1000")

    @cached_property
    def submissions(self) -> list[Row]:
        return self.product.items("/v1/submissions?limit=1000")

    def chain(self, name: str) -> float:
        """Return the number of records of an audit chain."""
        found = self.product.items(f"/v1/audit/{name}?limit=1000")
        return float(max((row["sequence"] for row in found), default=0))


def last_day(period: str) -> date:
    return parse(period).last


def one(value: float) -> Series:
    return {(): float(value)}


def counted(keys: Iterator[str]) -> Series:
    return {(key,): float(number) for key, number in Counter(keys).items()}


def figures(rows: Mapping[str, Row], name: str) -> Series:
    return {(t,): float(row[name]) for t, row in rows.items() if row[name] is not None}


def statuses(rows: Mapping[str, Row]) -> Series:
    return {(row["status"], target): 1.0 for target, row in rows.items()}


def thresholds(facts: Facts, only: Mapping[str, Row]) -> Series:
    return {
        (target["op"], target["id"], target["unit"]): float(target["threshold"])
        for target in facts.targets
        if target["threshold"] is not None and target["id"] in only
    }


def ages(facts: Facts) -> Series:
    now = time.time()
    return {
        (target,): now
        - (
            datetime.combine(last_day(row["period"]), datetime.max.time(), SHANGHAI).timestamp()
            // 1
        )
        for target, row in facts.present(None).items()
        if row["value"] is not None
    }


def requests(facts: Facts, org: str | None = None) -> Series:
    mine = [row for row in facts.submissions if org in (None, row["org"])]
    return counted("partial" if row["rejected"] else "accepted" for row in mine)


def rows(facts: Facts, org: str | None = None) -> Series:
    mine = [row for row in facts.submissions if org in (None, row["org"])]
    return {
        (name,): float(sum(row[name] for row in mine))
        for name in ("accepted", "duplicate", "revised", "rejected")
    }


def judged(wanted: set[str]) -> Callable[[Facts], Series]:
    def count(facts: Facts) -> Series:
        # Of the ended periods of a standing target the worst counts.
        found = [facts.decisive(target) for target in facts.targets]
        if wanted is BAD:
            return one(sum(bool(told & BAD) for told in found))
        return one(sum(bool(told) and told <= GOOD for told in found))

    return count


def now_in(*wanted: str) -> Callable[[Facts], Series]:
    return lambda facts: one(sum(t["present"]["status"] in wanted for t in facts.targets))


def cards(colour: str) -> Callable[[Facts], Series]:
    return lambda facts: one(
        sum(row["colour"] == colour and row["state"] in OPEN for row in facts.alerts)
    )


def owed(status: str) -> Callable[[Facts], Series]:
    return lambda facts: one(
        sum(row["org"] == facts.unit and row["status"] == status for row in facts.duties)
    )


def by_unit(status: str) -> Callable[[Facts], Series]:
    return lambda facts: counted(row["org"] for row in facts.duties if row["status"] == status)


def table(facts: Facts, org: str | None) -> Mapping[str, Series]:
    found = facts.present(org)
    clauses = {t["id"]: t["clause"] for t in facts.targets}
    return {
        "info": {(clauses[target], target): 1.0 for target in found},
        "status": statuses(found),
        "value": figures(found, "value"),
        "threshold": thresholds(facts, found),
        "ratio": figures(found, "attainment_ratio"),
    }


def every(facts: Facts) -> Mapping[str, Any]:  # series, or a table's by query
    """Return what each panel should show; None: what the API does not tell, such as memory."""
    overdue = one(sum(row["status"] == "overdue" for row in facts.duties))
    decisive = {
        (worst(facts.decisive(target)), target["id"]): 1.0
        for target in facts.targets
        if facts.decisive(target)
    }
    own = {"Requests": requests(facts, facts.unit), "Rows": rows(facts, facts.unit)}
    return {
        "leaders: 已兑现 Kept": judged(GOOD)(facts),
        "leaders: 未兑现 Broken": judged(BAD)(facts),
        "leaders: 达标或正常推进 Met, on track": now_in(*GOOD, "on_track")(facts),
        "leaders: 临近或滞后 At risk, behind": now_in("at_risk", "behind")(facts),
        "leaders: 本期未达标 Missed now": now_in(*BAD)(facts),
        "leaders: 暂无数据 No figure": now_in("unknown")(facts),
        "leaders: 未结红牌 Red cards open": cards("red")(facts),
        "leaders: 未结黄牌 Yellow cards open": cards("yellow")(facts),
        "leaders: 逾期未报 Reports overdue": overdue,
        "leaders: 目标完成情况 Targets": {**table(facts, None), "decisive": decisive},
        "leaders: 完成率 Attainment": figures(facts.present(None), "attainment_ratio"),
        "office: 未结预警 Open alerts": counted(
            row["colour"] for row in facts.alerts if row["state"] in OPEN
        ),
        "office: 办理状态 By state": counted(row["state"] for row in facts.alerts),
        "office: 通知 Notifications": {},
        "office: 暂缓发送的通知 Notifications held": one(
            len(facts.product.items("/v1/notifications?state=held"))
        ),
        "office: 报送任务 Duties": counted(row["status"] for row in facts.duties),
        "office: 逾期未报单位 Overdue by unit": by_unit("overdue")(facts),
        "office: 迟报单位 Late by unit": by_unit("late")(facts),
        "office: 数据截止至今 Age of figures": ages(facts),
        "office: 报送次数 Requests": requests(facts),
        "office: 报送行数 Rows": rows(facts),
        "office: 拒绝 Refusals": None,
        "unit: 逾期未报 Overdue": owed("overdue")(facts),
        "unit: 临期 Due soon": owed("due_soon")(facts),
        "unit: 迟报 Late": owed("late")(facts),
        "unit: 按时 On time": owed("on_time")(facts),
        "unit: 零报告 Zero reports": owed("zero_report")(facts),
        "unit: 未到期 Not due": owed("not_due")(facts),
        "unit: 本单位目标 Own targets": table(facts, facts.unit),
        "unit: 完成率 Attainment": figures(facts.present(facts.unit), "attainment_ratio"),
        "unit: 报送次数 Requests": own["Requests"],
        "unit: 报送行数 Rows": own["Rows"],
        "unit: 拒绝 Refusals": None,
        "platform: 在线副本 Replicas up": {("duibiao-all",): 1.0},
        "platform: 数据库 Databases": {(name,): 1.0 for name in CHAINS},
        "platform: 承担工作的副本 Replicas at work": None,
        "platform: 内存 Memory": None,
        "platform: 处理器 Processor": None,
        "platform: 审计记录 Audit records": {(name,): facts.chain(name) for name in CHAINS},
        "platform: 待发消息滞留 Outbox age": {},  # all is evaluated, so all is sent
        "platform: 消费积压 Lag": {},
        "platform: 死信与重新分配 Dead letters, rebalances": {"q0": {}, "q1": {}},
        "platform: 报送到预警的时间 Post to alert": None,
        "platform: 未核定的报送 Unsettled receipts": one(0),
        "platform: 自查不一致 Self-check differences": one(0),
    }


def worst(found: set[str]) -> str:
    order = ("missed", "regressed", "unknown", "behind", "at_risk", "on_track", "waived", "met")
    return next((status for status in order if status in found), "sustained")


def differences(product: Product, server: Server, unit: str) -> list[str]:
    """Return what panels show otherwise than the API, and which show nothing where it has some."""
    facts = Facts(product, unit)
    expected = every(facts)
    shown = {f"{name}: {panel['title']}": panel for name in BOARDS for panel in panels(name)}
    assert set(shown) == set(expected)
    wrong = list[str]()
    for title, panel in shown.items():
        single = unit if title.startswith("unit:") else ".*"
        wanted = expected[title]
        for ref, text in asked(panel, single, facts.city).items():
            got = read(server.query(without_rates(text)))
            of_query = wanted if wanted is None else wanted.get(ref, wanted)
            if not server.query(text) and (of_query is None or any(of_query.values())):
                if "Refusals" not in title:  # where nobody was refused
                    wrong.append(f"{title} {ref} is empty")
            elif of_query is not None and not equal(got, of_query, "Age" in title):
                wrong.append(f"{title} {ref}: {got} is not {of_query}")
    return wrong


def settled(product: Product, server: Server, unit: str) -> list[str]:
    """Return what is different once the last of it has been scraped; [] where nothing is."""
    found = differences(product, server, unit)
    for _ in range(20):
        if not found:
            break
        time.sleep(1)  # till the next scrape
        found = differences(product, server, unit)
    return found


def of_register(product: Product, server: Server) -> list[str]:
    """Return the targets whose panel on the register's own board shows another figure."""
    facts = Facts(product, "")
    city = facts.present(None)
    thresholds_of = {t["id"]: t["threshold"] for t in facts.targets}
    wrong = list[str]()
    for panel in panels("targets"):
        target = panel["title"].partition(" ")[0]
        for query in panel["targets"]:
            found = server.query(query["expr"])
            got = float(found[0]["value"][1]) if found else None
            wanted = city[target]["value"] if query["refId"] == "figure" else thresholds_of[target]
            if got != (None if wanted is None else float(wanted)):
                wrong.append(f"{target} {query['refId']}: {got} is not {wanted}")
    assert len(panels("targets")) == len(board("targets")["panels"]) - len(
        {panel["title"] for panel in board("targets")["panels"] if panel["type"] == "row"}
    )
    return wrong


def without_rates(text: str) -> str:
    """Return an expression over the counters themselves: the API knows all, not a minute's."""
    for call in ("rate(", "increase("):
        while call in text and "histogram" not in text:
            before, _, rest = text.partition(call)
            inside, _, after = rest.partition("[1m])")
            text = f"{before}({inside}){after}"
    return text


def read(found: list[Json]) -> Series:
    series = dict[tuple[str, ...], float]()
    for entry in found:
        labels = {k: v for k, v in entry["metric"].items() if k not in {"name_zh", "__name__"}}
        series[tuple(labels[name] for name in sorted(labels))] = float(entry["value"][1])
    return series


def equal(got: Series, wanted: Series, about: bool) -> bool:  # noqa: FBT001 - within the module
    """Compare series; those that are 0 may be missing. `about`: a time that runs on."""
    told = {key: value for key, value in got.items() if value}
    right = {key: value for key, value in wanted.items() if value}
    if set(told) != set(right):
        return False
    tolerance = 120.0 if about else 0.0
    return all(
        math.isclose(told[key], right[key], rel_tol=1e-14, abs_tol=tolerance) for key in told
    )
