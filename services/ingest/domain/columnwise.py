"""Accepting rows column by column: each rule asked once of all values, or of the distinct ones.

The rules of fields, rows and requests stand in the other modules; here is what holds for a column
at once where they hold for every row of it. A row for which that does not show is doubtful: it is
checked by itself (`checking.check_row`). A request for which it does not show as a whole is checked
row by row. tests/laws/ingest holds the two to the same answer.

Columns come as the decoder typed them: str, bool, int, float, nested values, None for what was not
given. They leave in the form of the record: texts, whole microseconds, dicts.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from operator import le
from typing import Any, Final

from duibiao.texts import label_error, untidy
from services.ingest.domain.checking import check_row
from services.ingest.domain.columns import Columns, columns_of, in_record_form
from services.ingest.domain.context import Kind, ValidationContext
from services.ingest.domain.errors import RowErrors
from services.ingest.domain.raw import DIGITS
from services.ingest.domain.reading import Values, WrongValue, read_value
from services.ingest.domain.rows import ROWS, Field
from services.ingest.domain.shapes import DISCRETE, Shape, ShapeCache
from services.ingest.domain.times import many_microseconds, microseconds, parse_time

_BOUND: Final = 10.0**DIGITS
_EXACT: Final = 0.1  # of at least that, 15 digits have at most 15 decimals
_CASE_TIMES: Final = frozenset({"accepted_at", "completed_at", "deadline"})
_NESTED: Final = frozenset({"objects", "object"})
_MOST_UNSOUND: Final = 20  # shapes; looking up one takes as long as checking a row


class CheckedColumns:
    """Rows of a request that is fine as a whole.

    Attributes:
        terms: with whose rows they are.
        columns: in the form of the record; what doubtful rows hold there means nothing.
        doubtful: the rows to be checked one by one.

    """

    def __init__(self, kind: Kind, sent: Columns, count: int, terms: ValidationContext) -> None:
        self.terms = terms
        self.columns: Columns = {}
        self.doubtful: set[int] = set()
        self._sent = sent
        self._count = count
        self._kind = kind

    def check(self, cache: ShapeCache) -> bool:
        """Bring every column into the form of the record; find the doubtful rows.

        False where there are too many shapes that are not sound.
        """
        for name, values in self._sent.items():
            if name != "org":
                self.columns[name] = self._read(ROWS[self._kind].fields[name], values)
        shapes = self._shapes(cache)
        if shapes is None:
            return False
        if None in shapes:
            self._doubt(shape is None for shape in shapes)
        figures = self._sent.get("value")
        if figures:
            self._doubt(
                value is not None and shape is not None and not shape.low <= value <= shape.high
                for shape, value in zip(shapes, figures, strict=True)
            )
        accepted = self.columns.get("accepted_at")
        if accepted:
            self._doubt_order(accepted, self.columns.get("completed_at"))
            outcomes = self.columns.get("outcome") or ()
            if "open" in outcomes:
                self._doubt(
                    outcome == "open" and shape is not None and start < shape.oldest
                    for shape, start, outcome in zip(shapes, accepted, outcomes, strict=True)
                )
        self._doubt_rules()
        return True

    def _doubt(self, doubts: Iterable[bool]) -> None:
        """Take note of doubtful rows; `doubts` says of each row whether it is one."""
        self.doubtful.update(row for row, doubtful in enumerate(doubts) if doubtful)

    def _doubt_order(
        self, early: Sequence[int | None] | None, late: Sequence[int | None] | None
    ) -> None:
        """Doubt the rows in which a time lies before another, where both are given."""
        if early is None or late is None:
            return
        if None in early or None in late:
            pairs = zip(early, late, strict=True)
            self._doubt(then is not None and one is not None and then < one for one, then in pairs)
        elif not all(map(le, early, late)):  # type: ignore[arg-type]
            self._doubt(not pair for pair in map(le, early, late))  # type: ignore[arg-type]

    def _shapes(self, cache: ShapeCache) -> Sequence[Shape | None] | None:
        """Return the shape of each row, and write its codes; None where too many are not sound."""
        fields = ROWS[self._kind].fields
        parts: dict[str, Sequence[Any]] = {}
        given: list[str] = []
        for name, values in self.columns.items():
            if fields[name].type in DISCRETE:
                parts[name] = values
            elif None not in values:
                given.append(name)
            elif fields[name].type not in _NESTED:
                parts[name] = [value is not None for value in values]
        keys = list(zip(*parts.values(), strict=True)) or [()] * self._count
        find = cache.of(self._kind, self.terms, [*parts], given)
        known: dict[tuple[Any, ...], Shape | None] = {}
        unsound = 0
        for key in set(keys):
            known[key] = shape = find(key)
            unsound += shape is None
            if unsound > _MOST_UNSOUND:
                return None
        shapes = [known[key] for key in keys]
        names = [*parts]
        for place, name in enumerate(ROWS[self._kind].codes):
            at = names.index(name) if name in parts else None
            if any(
                shape is not None and shape.codes[place] != (None if at is None else key[at])
                for key, shape in known.items()
            ):
                codes = (None if shape is None else shape.codes[place] for shape in shapes)
                self.columns[name] = list(codes)
        return shapes

    def _read(self, field: Field, values: Sequence[Any]) -> Sequence[Any]:  # noqa: PLR0911
        match field.type:
            case "code":
                return values  # read as part of a shape
            case "name":
                return self._texts(values, self.terms.limits.name)
            case "text":
                return self._texts(values, self.terms.limits.text)
            case "figure" | "count":
                return self._figures(field, values)
            case "time" | "past":
                return self._times(field, values)
            case "labels":
                return self._labels(field, values)
            case "objects" | "object":
                self._doubt(map(bool, values))
                return [None] * self._count
            case _:
                return self._distinct(field, values)

    def _distinct(self, field: Field, values: Sequence[Any]) -> Sequence[str | None]:
        """Return what each distinct value is read as; a wrong one is doubtful."""
        known: dict[Any, Any] = {None: None, "": None}
        wrong = set()
        for value in set(values) - known.keys():
            try:
                known[value] = in_record_form(read_value(field, value, self.terms))
            except WrongValue:
                wrong.add(value)
        if wrong:
            self._doubt(value in wrong for value in values)
        return [known.get(value) for value in values]

    def _texts(self, values: Sequence[str | None], limit: int) -> Sequence[str | None]:
        distinct = set(values)
        empty = "" in distinct
        given = distinct - {None, ""} if empty or None in distinct else distinct
        wrong = untidy(given, limit, self.terms.today.year)  # type: ignore[arg-type]
        if wrong:
            self._doubt(value in wrong for value in values)
        return [value or None for value in values] if empty else values

    def _labels(
        self, field: Field, values: Sequence[Mapping[str, str] | None]
    ) -> Sequence[Mapping[str, str] | None]:
        given = [labels for labels in values if labels]
        limit, year = self.terms.limits.name, self.terms.today.year
        names = {name for labels in given for name in labels}
        texts = {text for labels in given for text in labels.values()}
        if (
            any(len(labels) > (field.most or 0) for labels in given)
            or untidy(names | texts, limit, year)
            or any(label_error(name, limit, year) for name in names)
        ):
            self._doubt(map(bool, values))
        return [labels or None for labels in values]

    def _figures(self, field: Field, values: Sequence[float | None]) -> Sequence[str | None]:
        texts = [None if value is None else _figure_text(field, value) for value in values]
        if None in texts:
            pairs = zip(values, texts, strict=True)
            self._doubt(text is None and value is not None for value, text in pairs)
        return texts

    def _times(self, field: Field, texts: Sequence[str | None]) -> Sequence[int | None]:
        times: Sequence[int | None]
        try:
            given: Iterable[int] = many_microseconds(texts)  # type: ignore[arg-type]
            times = given  # type: ignore[assignment]
        except (TypeError, ValueError):  # one that is not given, or no plain time
            read = [parse_time(text) if text else None for text in texts]
            times = [None if one is None else microseconds(one) for one in read]
            self._doubt(bool(text) and us is None for text, us in zip(texts, times, strict=True))
            given = filter(None, times)
        latest = microseconds(self.terms.latest)
        if field.type == "past" and max(given, default=0) > latest:
            self._doubt(us is not None and us > latest for us in times)
        return times

    def _doubt_rules(self) -> None:
        """Doubt the rows that a rule of the register may speak of, unless it is kept."""
        fields = ROWS[self._kind].fields
        for rule in self.terms.register.rules_of(self._kind):
            of_shape = all(fields[name].type in DISCRETE for name in rule.when)
            of_times = {rule.field, rule.other} <= _CASE_TIMES and not rule.when
            if rule.check in ("needs", "forbids") and of_shape:
                continue
            if rule.check == "not_before" and of_times:
                self._doubt_order(self.columns.get(rule.other), self.columns.get(rule.field))
            elif rule.field == "status":
                self.doubtful.update(range(self._count))
            else:
                self._doubt(value not in (None, "") for value in self._sent.get(rule.field) or ())


def check_columns(
    kind: Kind, columns: Columns, count: int, terms: ValidationContext, shapes: ShapeCache
) -> CheckedColumns | None:
    """Check the rows of a request; None where it must be checked row by row."""
    org = _org_of(columns.get("org"), terms)
    if org is None:
        return None
    checked = CheckedColumns(kind, columns, count, terms.of(org))
    return checked if checked.check(shapes) else None


def _org_of(column: Sequence[str | None] | None, terms: ValidationContext) -> str | None:
    """Return whose rows these are where that is one org, and one the sender may speak for."""
    own = terms.sender.org
    org, *others = {one or own for one in set(column or (None,))}
    if others or org is None or (org != own and not terms.sender.office):
        return None
    return org if org in terms.register.orgs else None


def check_doubtful(
    kind: Kind, checked: CheckedColumns, count: int, raw: Callable[[int], object], errors: RowErrors
) -> Columns | None:
    """Check the doubtful rows one by one, as `raw` gives them; None unless all rows are fine."""
    rows: dict[int, Values] = {}
    for index in sorted(checked.doubtful):
        row = check_row(kind, raw(index), index, checked.terms, errors)
        if row is None:
            return None
        rows[index] = row
    if len(rows) == count:
        columns = columns_of(kind, rows.values())
    else:
        columns = checked.columns
        for name in ROWS[kind].fields if rows else ():
            column = columns[name] = [*(columns.get(name) or [None] * count)]
            for index, row in rows.items():
                column[index] = in_record_form(row[name])
    identity = [columns.get(name) or [None] * count for name in ROWS[kind].identity]
    if count == 1 or len(set(identity[0])) == count:
        return columns
    return columns if len(set(zip(*identity, strict=True))) == count else None


def _figure_text(field: Field, value: float) -> str | None:
    """Return the text of a figure; None where it needs a closer look."""
    if not (field.least or 0) <= value < _BOUND or (field.most is not None and value > field.most):
        return None
    if field.type == "count" and value != int(value):
        return None
    text = f"{value + 0.0:.15g}"  # of 15 digits, each comes back from the float as it was
    if value >= _EXACT or not value:
        return text
    exact = Decimal(text)
    return format(exact, "f") if -int(exact.as_tuple().exponent) <= DIGITS else None
