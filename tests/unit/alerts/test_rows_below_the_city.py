"""Rows of regions and units: which of them raise alerts, and to whom those go."""

from services.alerts.domain.alert import Step
from services.alerts.domain.news import Series
from services.alerts.usecases.follow_verdict import settle_held
from tests.support import registers
from tests.support.alert_book import city_row
from tests.support.registers import TAX, register, target
from tests.unit.alerts.service import VerdictWatch


class Below(VerdictWatch):
    """A target whose org rows alert too."""

    def __init__(self) -> None:
        super().__init__(register(targets=[target(alert_levels=("city", "org"))]))

    def org_says(self, status: str, digest: str, org: str = TAX) -> None:
        series = Series("T01", org, "610100")
        self.hear(city_row(status, id=f"o{self.told}", series=series, inputs_digest=digest))


def test_an_org_row_with_the_citys_inputs_raises_nothing() -> None:
    watch = Below()
    watch.org_says("missed", digest="same")
    assert watch.book.history == []
    watch.says("missed", inputs_digest="same")

    (alert,) = watch.book.alerts.values()
    assert alert.identity.org is None


def test_an_org_row_with_inputs_of_its_own_goes_to_the_org() -> None:
    watch = Below()
    watch.org_says("missed", digest="its own")
    watch.says("met", inputs_digest="the city's")

    alert = watch.book.the_alert()
    assert (alert.identity.org, alert.subject.leads, alert.subject.copied) == (
        TAX,
        (TAX,),
        ("customs",),
    )


def test_an_org_row_waits_for_a_fresher_city_row_and_not_for_ever() -> None:
    watch = Below()
    watch.says("met")
    watch.org_says("missed", digest="its own")
    assert watch.book.history == []

    watch.clock.advance(seconds=59)
    settle_held(watch.book, watch.desk)
    assert watch.book.history == []
    watch.clock.advance(seconds=1)
    settle_held(watch.book, watch.desk)
    assert watch.book.steps() == [Step.OPENED]
    assert watch.book.held_verdicts() == []


def test_an_org_row_told_again_while_it_waits_leaves_its_first_breach_behind() -> None:
    watch = Below()
    watch.org_says("missed", digest="its own")
    watch.org_says("met", digest="its own, mended")
    watch.says("met", inputs_digest="the city's")

    assert watch.book.steps() == [Step.OPENED]
    assert watch.book.the_alert().recovering is not None


def test_levels_that_the_target_does_not_name_stay_silent() -> None:
    watch = VerdictWatch()
    org_row = Series("T01", TAX, "610100")
    region_row = Series("T01", None, "610103")
    watch.hear(city_row("missed", series=org_row, inputs_digest="o"))
    watch.hear(city_row("missed", series=region_row, inputs_digest="r"))

    assert watch.book.history == []
    assert watch.book.held_verdicts() == []


def test_a_region_row_alerts_where_its_target_says_so() -> None:
    watch = VerdictWatch(register(targets=[target(alert_levels=("city", "region"))]))
    watch.hear(city_row("missed", series=Series("T01", None, "610103"), inputs_digest="r"))
    watch.says("met")

    alert = watch.book.the_alert()
    assert (alert.identity.region, alert.subject.leads) == ("610103", (TAX, "customs"))


def test_supporting_units_of_the_clause_are_copied() -> None:
    clause = registers.measure("1.1", supports=("finance-bureau", TAX))
    watch = VerdictWatch(register(measures=[clause]))
    watch.says("missed")

    assert watch.book.the_alert().subject.copied == ("finance-bureau",)


def test_a_target_on_a_whole_task_has_no_measure() -> None:
    watch = VerdictWatch(register(targets=[target(clause="1")]))
    watch.says("missed")

    assert watch.book.the_alert().subject.measure is None
