"""What a local overlay may do: set a threshold the notice leaves open, or tighten one it gives."""

from collections.abc import Iterator

from duibiao.register.checks.known import Known, repeated, unknown
from duibiao.register.checks.measuring import implausible
from duibiao.register.documents import Document, Entry
from duibiao.register.faults import Fault


def overlay_faults(overlay: Document, known: Known) -> Iterator[Fault]:
    """Tell what is wrong with an overlay."""
    entries = list(overlay.entries("thresholds"))
    yield from repeated(entries, "target")
    for entry in entries:
        yield from unknown(entry, "target", "目标值", entry.text("target"), known.targets, "target")
        yield from known.outside(entry, "since")
        target = (known.targets or {}).get(entry.text("target"))
        if target is not None:
            yield from _against(entry, target)
            indicator = (known.indicators or {}).get(target.text("indicator"))
            yield from implausible(entry, indicator) if indicator else ()


def _against(entry: Entry, target: Entry) -> Iterator[Fault]:
    unit, other = target.text("unit"), entry.text("unit")
    if unit and other and unit != other:
        yield entry.fault(
            f"unit: the target is in {unit}, not {other}",
            f"unit：目标值单位为 {unit}，不是 {other}",
            "unit",
        )
    given, local = target.number("threshold"), entry.number("threshold")
    if given is None or local is None:
        return
    if given == local:
        yield entry.fault(
            f"threshold: {local} is the notice's own; leave it out",
            f"{local} 即通知原有目标值，无需另设",
            "threshold",
        )
    elif (local > given) == (target.text("op") == "<="):
        yield entry.fault(
            f"threshold: {local} would loosen the {given} of the notice",
            f"{local} 放宽了通知的 {given}，不允许",
            "threshold",
        )
