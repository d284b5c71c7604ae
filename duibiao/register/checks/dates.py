"""The notice's own dates, and the report dates."""

from collections.abc import Iterator, Mapping

from duibiao.register.checks.known import Known, repeated, unknown
from duibiao.register.documents import Document, Entry
from duibiao.register.faults import Fault
from duibiao.register.periods import parse


def notice_faults(documents: Mapping[str, Document], known: Known) -> Iterator[Fault]:
    """Tell which dates of notice.yaml contradict one another."""
    notice, window = documents["notice"].entry("notice"), documents["notice"].entry("window")
    issued = notice.day("issued")
    if known.dated and issued and issued < known.dated:
        yield notice.fault(
            f"issued {issued}, before it was dated {known.dated}",
            f"印发日 {issued} 早于成文日 {known.dated}",
            "issued",
        )
    if known.first and known.last and known.last < known.first:
        yield window.fault(
            f"the window ends {known.last}, before it begins {known.first}",
            f"观察期止于 {known.last}，早于起始日 {known.first}",
            "last",
        )
    elif known.last and known.dated and known.last < known.dated:
        yield window.fault(
            f"the window ends {known.last}, before the notice of {known.dated}",
            f"观察期止于 {known.last}，早于通知日期 {known.dated}",
            "last",
        )


def duty_faults(documents: Mapping[str, Document], known: Known) -> Iterator[Fault]:
    """Tell what is wrong with duties.yaml."""
    reports = list(documents["duties"].entries("reports"))
    yield from repeated(reports, "period")
    latest = None
    for report in reports:
        yield from known.outside(report, "due")
        due = report.day("due")
        if due is None:
            continue
        if latest is not None and due <= latest:
            yield report.fault(
                f"due: {due} does not come after {latest} before it",
                f"due：{due} 不晚于上一期的 {latest}",
                "due",
            )
        latest = due
        yield from _early(report)
    yield from _exception_faults(documents["duties"], known, {r.text("period") for r in reports})


def _early(report: Entry) -> Iterator[Fault]:
    due, code = report.day("due"), report.text("period")
    try:
        period = parse(code)
    except ValueError:
        return  # told by the schema
    if due is not None and due < period.first:
        yield report.fault(
            f"due: {due} lies before {code} begins", f"due：{due} 早于 {code} 起始日", "due"
        )


def _exception_faults(document: Document, known: Known, periods: set[str]) -> Iterator[Fault]:
    seen: set[tuple[str, str, str]] = set()
    for entry in document.entries("exceptions"):
        measure, period, org = (entry.text(key) for key in ("measure", "period", "org"))
        yield from unknown(entry, "measure", "措施", measure, known.measures, "measure")
        yield from unknown(entry, "report period", "报送期", period, periods, "period")
        yield from unknown(entry, "org", "单位", org, known.orgs, "org")
        found = (known.measures or {}).get(measure)
        if org and found and org not in found.texts("leads"):
            yield entry.fault(
                f"{org} does not lead {measure}, so it owes no report",
                f"{org} 不是 {measure} 的牵头单位，无报送任务",
                "org",
            )
        if (measure, period, org) in seen:
            yield entry.fault("the same exception twice", "同一例外重复")
        seen.add((measure, period, org))
