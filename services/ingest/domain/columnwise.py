"""Accepting rows column by column: each rule asked once of all values, or of the distinct ones.

The rules of single fields, rows and whole requests stand in the other modules; here is what holds
for a column at once where they hold for every row of it. A row that these cannot vouch for is
doubtful: it is looked at by itself (`checking.check_row`). A request that they cannot vouch for as
a whole is gone through row by row. tests/laws/ingest holds the two to the same answer.

Columns come as the decoder typed them: str, bool, int, float, nested values, None for what was not
given. They leave in the form of the record: texts, whole microseconds, dicts.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import le
from typing import Any, Final

from duibiao.register import FieldRule
from duibiao.register import RowKind as RuledKind
from services.ingest.domain.checking import check_row
from services.ingest.domain.declaration import BY_NAME, FIELDS, REQUIRED, ROWS
from services.ingest.domain.field_types import Field
from services.ingest.domain.fields import Values, label_flaw
from services.ingest.domain.flaws import Flaws
from services.ingest.domain.many_values import figure_text, unfit
from services.ingest.domain.meanings import Meaning, Meanings
from services.ingest.domain.moments import day, many_microseconds, microseconds, moment
from services.ingest.domain.record_form import Columns, columns_of, in_record_form
from services.ingest.domain.terms import Kind, Terms
from services.ingest.domain.written import DIGITS

_BOUND: Final = 10.0**DIGITS
_ALWAYS: Final[Mapping[RuledKind, tuple[str, ...]]] = {
    "observation": ("indicator", "region", "period"),
    "case": ("case_no", "indicator", "region", "accepted_at", "outcome"),
    "progress_report": (),
}
_LOOKED_UP: Final = frozenset({"indicator", "region", "period"})
_CASE_TIMES: Final = frozenset({"accepted_at", "completed_at", "deadline"})
_FITTING: Final = {  # outcome, whether there is a time of completion
    ("open", False),
    ("completed", True),
    ("refused", True),
    ("withdrawn", False),
    ("withdrawn", True),
}


@dataclass(frozen=True, slots=True)
class Vouched:
    """Rows of a request that is fine as a whole.

    Attributes:
        terms: with whose rows they are.
        columns: in the form of the record; what doubtful rows hold there means nothing.
        doubtful: the rows to be looked at one by one.

    """

    terms: Terms
    columns: Columns
    doubtful: set[int]


def vouch(
    kind: Kind, columns: Columns, count: int, terms: Terms, meanings: Meanings
) -> Vouched | None:
    """Check the rows of a request; None where it must be gone through row by row."""
    org = _org_of(columns.get("org"), terms)
    if org is None:
        return None
    check = _CHECKS.get(kind)
    if check is None:
        return Vouched(terms.of(org), {}, set(range(count)))
    batch = _Batch(kind, columns, count, terms.of(org), meanings)
    batch.read()
    if len(batch.doubtful) < count:
        check(batch)
    return Vouched(batch.terms, batch.columns, batch.doubtful)


def _org_of(column: Sequence[str | None] | None, terms: Terms) -> str | None:
    """Return whose rows these are where that is one org, and one the sender may speak for."""
    own = terms.sender.org
    named = {name or own for name in set(column or (None,))}
    org = named.pop()
    if named or org is None or (org != own and not terms.sender.office):
        return None
    return org if org in terms.register.orgs else None


def settle(
    kind: Kind, vouched: Vouched, count: int, written: Callable[[int], object], flaws: Flaws
) -> Columns | None:
    """Check the doubtful rows by themselves, as `written` gives them; None unless all is fine."""
    rows: dict[int, Values] = {}
    for index in sorted(vouched.doubtful):
        row = check_row(kind, written(index), index, vouched.terms, flaws)
        if row is None:
            return None
        rows[index] = row
    if len(rows) == count:
        columns = columns_of(kind, rows.values())
    else:
        columns = vouched.columns
        for name in FIELDS[kind] if rows else ():
            column = columns[name] = [*(columns.get(name) or [None] * count)]
            for index, row in rows.items():
                column[index] = in_record_form(row[name])
    identity = [columns[name] for name in ROWS[kind].identity]
    if count == 1 or len(set(identity[0])) == count:
        return columns
    return columns if len(set(zip(*identity, strict=True))) == count else None


class _Batch:
    """The rows of one request while they are checked."""

    def __init__(
        self, kind: Kind, sent: Columns, count: int, terms: Terms, meanings: Meanings
    ) -> None:
        self.sent = sent
        self.count = count
        self.terms = terms
        self.columns: Columns = {}
        self.doubtful: set[int] = set()
        self._kind = kind
        self._meanings = meanings.of(terms)
        self._latest = microseconds(terms.latest)

    def read(self) -> None:
        """Bring every column into the form of the record."""
        fields, required = BY_NAME[self._kind], REQUIRED[self._kind]
        if not required <= self.sent.keys():
            self.doubtful.update(range(self.count))
        for name, values in self.sent.items():
            if name in _LOOKED_UP:
                self.columns[name] = values  # `meanings` knows no text that is not a code
            elif name != "org":
                read = self.columns[name] = self._read(fields[name], values)
                if name in required and None in read:
                    self.doubt(value is None for value in read)

    def doubt(self, doubts: Iterable[bool]) -> None:
        """Take note of doubtful rows; `doubts` says of each row whether it is one."""
        self.doubtful.update(row for row, doubtful in enumerate(doubts) if doubtful)

    def doubt_order(self, early: Sequence[int | None], late: Sequence[int | None]) -> None:
        """Doubt the rows in which a time lies before another, where both are given."""
        if None in early or None in late:
            pairs = zip(early, late, strict=True)
            self.doubt(then is not None and one is not None and then < one for one, then in pairs)
        elif not all(map(le, early, late)):  # type: ignore[arg-type]
            self.doubt(not pair for pair in map(le, early, late))  # type: ignore[arg-type]

    def column(self, name: str) -> Sequence[Any]:
        """Return a column; of a field that no row gives, one of None."""
        return self.columns.get(name) or [None] * self.count

    def meanings(self, *names: str) -> Sequence[Meaning | None]:
        """Return what indicator, region (and period) of each row mean; write their codes.

        Doubtful are rows whose names do not mean anything that the org may report.
        """
        given = [self.sent.get(name) or [None] * self.count for name in names]
        keys = list(zip(*given, strict=True))
        known = {key: self._meanings(*key) for key in set(keys)}
        found = [known[key] for key in keys]
        if None in known.values():
            self.doubt(meaning is None for meaning in found)
        for place, name in enumerate(names):
            codes = {key[place]: getattr(one, name) for key, one in known.items() if one}
            if any(sent != code for sent, code in codes.items()):
                self.columns[name] = [codes.get(sent) for sent in given[place]]
        return found

    def _read(self, field: Field, values: Sequence[Any]) -> Sequence[Any]:  # noqa: PLR0911
        match field.type:
            case "code" | "name":
                return self._texts(values, self.terms.limits.name)
            case "text":
                return self._texts(values, self.terms.limits.text)
            case "choice":
                return self._mapped(values, lambda text: text if text in field.options else None)
            case "flag":
                words = {True: "true", False: "false"}
                return self._mapped(values, words.get)
            case "figure" | "count":
                return self._figures(field, values)
            case "time" | "past":
                return self._times(field, values)
            case "day":
                return self._mapped(values, self._day)
            case "labels":
                return self._labels(field, values)
            case "objects" | "object":
                self.doubt(map(bool, values))
                return [None] * self.count

    def _mapped(
        self, values: Sequence[Any], read: Callable[[Any], str | None]
    ) -> Sequence[str | None]:
        """Return what each distinct value is read as; doubtful is what is None and was given."""
        known = {value: None if value in (None, "") else read(value) for value in set(values)}
        strange = {value for value, text in known.items() if text is None} - {None, ""}
        if strange:
            self.doubt(value in strange for value in values)
        return [known[value] for value in values]

    def _day(self, text: str) -> str | None:
        found = day(text)
        return None if found is None or found > self.terms.today else text

    def _texts(self, values: Sequence[str | None], limit: int) -> Sequence[str | None]:
        distinct = set(values)
        empty = "" in distinct
        given = distinct - {None, ""} if empty or None in distinct else distinct
        strange = unfit(given, limit, self.terms.today.year)  # type: ignore[arg-type]
        if strange:
            self.doubt(value in strange for value in values)
        return [value or None for value in values] if empty else values

    def _labels(
        self, field: Field, values: Sequence[Mapping[str, str] | None]
    ) -> Sequence[Mapping[str, str] | None]:
        given = [labels for labels in values if labels]
        limit, year = self.terms.limits.name, self.terms.today.year
        names = {name for labels in given for name in labels}
        texts = {text for labels in given for text in labels.values()}
        fine = all(len(labels) <= (field.most or 0) for labels in given) and "" not in names | texts
        if (
            not fine
            or unfit(names | texts, limit, year)
            or any(label_flaw(name, limit, year) for name in names)
        ):
            self.doubt(map(bool, values))
        return values

    def _figures(self, field: Field, values: Sequence[float | None]) -> Sequence[str | None]:
        doubts = [False] * self.count
        texts: list[str | None] = []
        least, most = field.least or 0, field.most or _BOUND
        for row, value in enumerate(values):
            if value is None:
                texts.append(None)
                continue
            text = figure_text(value) if 0 <= value < _BOUND else None
            texts.append(text)
            broken = field.type == "count" and text is not None and value != int(value)
            doubts[row] = text is None or broken or not least <= value <= most
        if True in doubts:
            self.doubt(doubts)
        return texts

    def _times(self, field: Field, texts: Sequence[str | None]) -> Sequence[int | None]:
        times: Sequence[int | None]
        try:
            found = many_microseconds(texts)  # type: ignore[arg-type]
        except (TypeError, ValueError):  # one that is not given, or no plain time
            read = [moment(text) if text else None for text in texts]
            times = [None if one is None else microseconds(one) for one in read]
            self.doubt(bool(text) and us is None for text, us in zip(texts, times, strict=True))
            given: Iterable[int] = filter(None, times)
        else:
            given = times = found
        if field.type == "past" and max(given, default=0) > self._latest:
            self.doubt(us is not None and us > self._latest for us in times)
        return times

    def doubt_rules(self) -> None:
        """Doubt the rows that a rule of the register may speak of, unless it is kept."""
        for rule in self.terms.register.rules_of(self._kind):
            if rule.check == "needs" and rule.other in _ALWAYS.get(rule.kind, ()):
                continue
            if _orders_times(rule):
                if rule.other not in self.columns or rule.field not in self.columns:
                    continue
                self.doubt_order(self.column(rule.other), self.column(rule.field))
            elif rule.field == "status":
                self.doubtful.update(range(self.count))
            else:
                given = self.sent.get(rule.field) or ()
                self.doubt(value is not None and value != "" for value in given)


def _orders_times(rule: FieldRule) -> bool:
    """Whether a rule puts two times of a case in order, and nothing else."""
    dated = rule.kind == "case" and {rule.field, rule.other} <= _CASE_TIMES
    return dated and rule.check == "not_before" and not rule.when


def _check_observations(batch: _Batch) -> None:
    meanings = batch.meanings("indicator", "region", "period")
    values = batch.sent.get("value") or [None] * batch.count
    samples, statuses = batch.column("sample_size"), batch.column("status")
    # A share of two numbers has rules of its own.
    parts = batch.column("numerator"), batch.column("denominator")
    batch.doubt(
        meaning is None
        or value is None
        or not meaning.low <= value <= meaning.high
        or (sample is not None and meaning.statistic == "latest")
        or status == "not_applicable"
        or numerator is not None
        or denominator is not None
        for meaning, value, sample, status, numerator, denominator in zip(
            meanings, values, samples, statuses, *parts, strict=True
        )
    )
    batch.doubt_rules()


def _check_cases(batch: _Batch) -> None:
    meanings = batch.meanings("indicator", "region")
    accepted, outcomes = batch.columns["accepted_at"], batch.columns["outcome"]
    completed, resolved = batch.column("completed_at"), batch.column("resolved")
    ends = list(zip(outcomes, [end is not None for end in completed], strict=True))
    if not _FITTING.issuperset(ends):
        batch.doubt(end not in _FITTING for end in ends)
    if not all(one is not None and one.takes_cases for one in set(meanings)):
        batch.doubt(one is None or not one.takes_cases for one in meanings)
    batch.doubt_order(accepted, completed)
    if "open" in outcomes:
        batch.doubt(
            outcome == "open" and (one is None or start is None or start < one.oldest)
            for one, start, outcome in zip(meanings, accepted, outcomes, strict=True)
        )
    if "resolved" in batch.columns:
        batch.doubt(
            flag is not None
            and (one is None or one.statistic != "share" or (flag, outcome) == ("true", "open"))
            for one, outcome, flag in zip(meanings, outcomes, resolved, strict=True)
        )
    batch.doubt_rules()


_CHECKS: Final[Mapping[Kind, Callable[[_Batch], None]]] = {
    "observation": _check_observations,
    "case": _check_cases,
}
