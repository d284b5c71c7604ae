"""A clerk at a form: fills in every prepared row, or a few cases, as its lists and notes ask."""

from datetime import datetime

from duibiao.register import Register, parse
from tests.support.spreadsheets import Form, Row

FIGURES: dict[str, Row] = {
    "mean": {"value": 5.5, "sample_size": 120},
    "each": {"value": 3, "sample_size": 40},
    "share": {"numerator": 955, "denominator": 1000},
    "latest": {"value": 30},
}


def fill_figures(form: Form, register: Register) -> int:
    """Fill in a figure in every prepared row; return how many there are."""
    rows = list(form.prepared())
    for line, row in rows:
        indicator = register.indicators[row["indicator"].partition("｜")[0]]
        figures = FIGURES[indicator.statistic]
        if "value" in figures and indicator.usual:
            figures = figures | {"value": float(indicator.usual.minimum)}
        form.put(line, **figures)
    return len(rows)


def fill_cases(form: Form, register: Register) -> int:
    """Write two cases of every indicator in the list; return how many these are."""
    line = form.heading
    for entry in form.choices("indicator"):
        share = register.indicators[entry.partition("｜")[0]].statistic == "share"
        for day in (8, 9):
            line += 1
            form.put(
                line,
                case_no=f"A-{line}",
                indicator=entry,
                region=form.choices("region")[1],
                accepted_at=datetime(2021, 3, day, 9, 30),  # noqa: DTZ001 - as spreadsheets have it
                completed_at=datetime(2021, 3, day + 7),  # noqa: DTZ001 - the same
                outcome=form.choice("outcome", "completed"),
                resolved=form.choice("resolved", "true") if share else None,
                pause1_from="2021年3月10日",
                pause1_to="2021/3/11 8:00",
                pause1_ground=form.choice("pause1_ground", "hearing"),
                pause1_document="听证〔2021〕1号",
            )
    return line - form.heading


def fill_reports(form: Form) -> int:
    """Report on every prepared row; return how many there are."""
    rows = list(form.prepared())
    for number, (line, row) in enumerate(rows):
        if number % 3 == 2:
            form.put(line, zero_report=form.choice("zero_report", "true"))
        elif number % 3 == 1 and row["milestone"]:
            day = parse(row["period"]).first
            form.put(line, state=form.choice("state", "done"), done_on=day, summary="已印发")
        else:
            form.put(line, state=form.choice("state", "in_progress"), summary="按计划推进")
    return len(rows)
