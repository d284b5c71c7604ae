"""Forms of the real product: fetched, filled in with a spreadsheet library, sent back, judged."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service.ingest.clerks import fill_cases, fill_figures, fill_reports
from tests.support.commands import submitted
from tests.support.product import Product, Row
from tests.support.registers import the_register
from tests.support.spreadsheets import Form

REGISTER = the_register()
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KINDS = {"indicator": "observations", "cases": "cases", "progress": "progress-reports"}
ORGS = ["tax-bureau", "resources-planning-bureau", "civil-affairs-bureau"]


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with Product(tmp_path_factory.mktemp("templates") / "state") as product:
        yield product


def fetched(product: Product, org: str, name: str) -> Form:
    answer = product.client.get(f"/v1/templates/{name}.xlsx", headers=product.key(org))
    assert answer.status_code == 200, answer.text
    return Form(answer.content)


def posted(product: Product, org: str, name: str, content: bytes) -> Row:
    headers = product.key(org) | {"Content-Type": XLSX}
    answer = product.client.post(f"/v1/{KINDS[name]}", content=content, headers=headers)
    assert answer.status_code == 202, answer.text
    told: Row = answer.json()
    return product.evaluated(told["submission_id"]) | {"warnings": told["warnings"]}


@pytest.mark.parametrize("org", ORGS)
def test_forms_of_a_unit_are_filled_in_and_taken(product: Product, org: str) -> None:
    indicators = sum(org in one.reported_by for one in REGISTER.indicators.values())
    milestones = sum(
        len(measure.milestones) for measure in REGISTER.measures if org in measure.leads
    )

    form = fetched(product, org, "indicator")
    rows = fill_figures(form, REGISTER)
    assert rows == 4 * indicators
    told = posted(product, org, "indicator", form.saved())
    assert (told["received"], told["accepted"], told["rejected"]) == (rows, rows, 0)
    assert told["warnings"] == []
    again = posted(product, org, "indicator", form.saved())
    assert (again["accepted"], again["duplicate"]) == (0, rows)

    form = fetched(product, org, "cases")
    rows = fill_cases(form, REGISTER)
    told = posted(product, org, "cases", form.saved())
    assert (told["received"], told["accepted"], told["rejected"]) == (rows, rows, 0)

    form = fetched(product, org, "progress")
    rows = fill_reports(form)
    assert rows == len(REGISTER.duties_of(org)) + milestones
    told = posted(product, org, "progress", form.saved())
    assert (told["received"], told["accepted"], told["rejected"]) == (rows, rows, 0)
    owed = product.items(f"/v1/duties?org={org}&limit=1000")
    duties = [duty for duty in owed if duty["milestone"] is None]
    assert len(duties) == len(REGISTER.duties_of(org))
    assert all(duty["received_at"] is not None for duty in duties)


def test_a_form_goes_through_the_command_line(product: Product, tmp_path: Path) -> None:
    org = "guanzhong-customs"
    form = fetched(product, org, "indicator")
    rows = fill_figures(form, REGISTER)
    file = tmp_path / "指标报送表.xlsx"
    file.write_bytes(form.saved())

    ran = submitted(product, org, file, "--kind", "observations", "--json")

    assert ran.code == 0, (ran.out, ran.err)
    assert (ran.told["received"], ran.told["accepted"]) == (rows, rows)
    assert product.verdict("T16", "2021Q4", org=org)["sample_size"] == 120
