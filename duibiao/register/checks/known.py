"""What the files of a register name, for checks that look from one file into another."""

import re
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches

from duibiao.register.documents import Document, Entry
from duibiao.register.faults import Fault

_NUMBER = re.compile(r"[0-9]{1,3}")


@dataclass(frozen=True, slots=True)
class Known:
    """The names of each part; None where its file could not be read, so that nothing is unknown.

    Of entries that share a name the first stands.
    """

    orgs: Mapping[str, Entry] | None
    regions: Mapping[str, Entry] | None
    tasks: Mapping[int, Entry] | None
    measures: Mapping[str, Entry] | None
    indicators: Mapping[str, Entry] | None
    targets: Mapping[str, Entry] | None
    dated: date | None
    first: date | None
    last: date | None

    @classmethod
    def of(cls, documents: Mapping[str, Document]) -> "Known":
        """Gather the names."""
        window = documents["notice"].entry("window")
        tasks = documents["tasks"]
        numbers: dict[int, Entry] = {}
        for entry in tasks.entries("tasks"):
            if (no := entry.whole("task")) is not None:
                numbers.setdefault(no, entry)
        return cls(
            orgs=_named(documents["orgs"], "orgs", "code"),
            regions=_named(documents["regions"], "regions", "code"),
            tasks=numbers if tasks.has("tasks") else None,
            measures=_named(documents["measures"], "measures", "measure"),
            indicators=_named(documents["indicators"], "indicators", "code"),
            targets=_named(documents["targets"], "targets", "target"),
            dated=documents["notice"].entry("notice").day("dated"),
            first=window.day("first"),
            last=window.day("last"),
        )

    def kind_of(self, org: str) -> str:
        """Return a unit's kind, "" where it is unknown."""
        entry = (self.orgs or {}).get(org)
        return entry.text("kind") if entry else ""

    def clause(self, clause: str) -> Entry | None:
        """Return the measure or the task of a clause."""
        if "." in clause:
            return (self.measures or {}).get(clause)
        no = task_of(clause)
        return None if no is None else (self.tasks or {}).get(no)

    def outside(self, entry: Entry, *keys: str) -> Iterator[Fault]:
        """Tell which of an entry's days lie before the notice or after its watch window."""
        for key in keys:
            day = entry.day(key)
            if day is None or self.dated is None or self.last is None:
                continue
            if not self.dated <= day <= self.last:
                span, span_zh = f"{self.dated} to {self.last}", f"{self.dated} 至 {self.last}"
                yield entry.fault(
                    f"{key}: {day} lies outside the notice ({span})",
                    f"{key}：{day} 不在通知期间内（{span_zh}）",
                    key,
                )

    def strangers(self, entry: Entry, key: str) -> Iterator[Fault]:
        """Tell which units of a list no file knows."""
        for n, org in enumerate(entry.data.get(key) or ()) if entry.texts(key) else ():
            if isinstance(org, str):
                yield from unknown(entry, "org", "单位", org, self.orgs, key, n)


def unknown(
    entry: Entry,
    kind: str,
    kind_zh: str,
    name: str,
    names: Collection[str] | None,
    *place: str | int,
) -> Iterator[Fault]:
    """Tell that a name is not among those known, and which one may be meant."""
    if not name or names is None or name in names:
        return
    # Of two numbers that look alike none is a better guess than another.
    guessable = not any(letter.isdecimal() for letter in name)
    near = get_close_matches(name, names, n=1) if guessable else []
    hint, hint_zh = (f"; {near[0]}?", f"；是否为 {near[0]}？") if near else ("", "")
    yield entry.fault(f"unknown {kind} {name}{hint}", f"未知的{kind_zh} {name}{hint_zh}", *place)


def repeated(entries: Iterable[Entry], key: str) -> Iterator[Fault]:
    """Tell which entries carry a value of `key` that an earlier one has."""
    lines: dict[Hashable, int] = {}
    for entry in entries:
        value = entry.data.get(key)
        if not isinstance(value, str | int):
            continue
        if value in lines:
            first = lines[value]
            yield entry.fault(
                f"{key} {value} stands twice, first in line {first}",
                f"{key} {value} 重复，首见第 {first} 行",
                key,
            )
        else:
            lines[value] = entry.document.line((*entry.path, key))


def task_of(clause: str) -> int | None:
    """Return the task's number of a clause ("17" of "17" and of "17.1"), None where it is none."""
    task = clause.partition(".")[0]
    return int(task) if _NUMBER.fullmatch(task) else None


def _named(document: Document, part: str, key: str) -> Mapping[str, Entry] | None:
    if not document.has(part):
        return None
    names: dict[str, Entry] = {}
    for entry in document.entries(part):
        if name := entry.text(key):
            names.setdefault(name, entry)
    return names
