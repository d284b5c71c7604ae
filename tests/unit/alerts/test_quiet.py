"""What holds an alert, as values: matchers, silences over time, the city's alert, the morning."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.alerts.domain import life
from services.alerts.domain.addressees import every_subject
from services.alerts.domain.alert import Alert, Colour, Identity, Stamp, Subject, Trigger
from services.alerts.domain.quiet import Hold, Matchers, Quiet, Silence
from tests.support.alert_book import FIRST_DAY, desk, shanghai
from tests.support.clock import ManualClock
from tests.support.registers import CITY, CUSTOMS, TAX, alert_rules, register, target

CITY_ROW = Subject(Identity("T01", None, None, CITY), "1.1", (TAX,), (CUSTOMS,))
DISTRICT = Subject(Identity("T01", None, None, "610103"), "1.1", (TAX,), ())
OWN_ROW = Subject(Identity("T01", None, CUSTOMS, CITY), "1.1", (CUSTOMS,), (TAX,))
DUTY = Subject(Identity(None, "1.1/2021Q1", TAX, None), "1.1", (TAX,), ())
SUBJECTS = {"city": CITY_ROW, "district": DISTRICT, "own": OWN_ROW, "duty": DUTY}


@pytest.mark.parametrize(
    ("matchers", "matched"),
    [
        (Matchers(target=("T01",)), {"city", "district", "own"}),
        (Matchers(target=("T02",)), set()),
        (Matchers(duty=("1.1/2021Q1",)), {"duty"}),
        (Matchers(target=("T01",), duty=("1.1/2021Q1",)), set(SUBJECTS)),
        (Matchers(org=(CUSTOMS,)), {"own"}),  # to be informed is no reason to be silenced
        (Matchers(org=(TAX,)), {"city", "district", "duty"}),
        (Matchers(region=(CITY,)), {"city", "own"}),
        (Matchers(org=(TAX,), region=(CITY,)), {"city"}),
        (Matchers(colour=("red",)), set()),
        (Matchers(colour=("yellow",)), set(SUBJECTS)),
    ],
)
def test_matchers_match_by_all_their_fields(matchers: Matchers, matched: set[str]) -> None:
    found = {name for name, one in SUBJECTS.items() if matchers.match(one, Colour.YELLOW)}
    assert found == matched
    red = {name for name, one in SUBJECTS.items() if matchers.match(one, Colour.RED)}
    assert red == (set(SUBJECTS) if matchers.colour == ("red",) else set())


def test_every_subject_of_a_register_is_an_identity_of_its_own() -> None:
    known = register(targets=[target("T01", alert_levels=("city", "region", "org")), target("T02")])
    keys = [subject.identity.key for subject in every_subject(known)]

    assert len(keys) == len(set(keys)) == (1 + 2 + 2) + 1 + 8
    assert {"T01//610100", "T01//610103", f"T01/{TAX}/610100", f"1.1/2021Q4/{CUSTOMS}"} < set(keys)


def alert(subject: Subject, colour: Colour = Colour.YELLOW, name: str = "a1") -> Alert:
    trigger = Trigger(colour, "rule", "verdict", "2021Q1", "v1", "v1")
    asking = life.Asking(waits=False, reply_due=None)
    stamp = Stamp(f"{name}-1", FIRST_DAY, "duibiao")
    return life.opened(name, subject, [trigger], asking, number=name, stamp=stamp).alert


def over(*matchers: Matchers) -> list[Silence]:
    until = FIRST_DAY + timedelta(days=1)
    return [Silence(f"s{n}", one, "x", until, "x", FIRST_DAY) for n, one in enumerate(matchers)]


def test_a_silence_holds_until_its_end_or_its_early_end() -> None:
    (silence,) = over(Matchers(org=(TAX,)))
    assert silence.active(silence.until - timedelta(microseconds=1))
    assert not silence.active(silence.until)
    assert not replace(silence, ended_at=FIRST_DAY).active(FIRST_DAY)


def test_everything_that_holds_an_alert_is_named() -> None:
    city, district = alert(CITY_ROW, name="c"), alert(DISTRICT)
    quiet = Quiet(over(Matchers(region=("610103",))), {"a1": "f1"}, {"T01": city})

    assert quiet.holds(district) == (
        Hold("silence", "s0", FIRST_DAY + timedelta(days=1)),
        Hold("flood", "f1"),
        Hold("inhibition", "c"),
    )
    assert quiet.holds(city) == ()
    assert quiet.holds(district, lambda _: False)[-1].kind == "flood"


@pytest.mark.parametrize(
    ("city", "row", "inhibited"),
    [
        (Colour.YELLOW, Colour.YELLOW, True),
        (Colour.RED, Colour.YELLOW, True),
        (Colour.BLUE, Colour.YELLOW, False),
        (Colour.YELLOW, Colour.RED, False),
    ],
)
def test_the_city_inhibits_what_is_no_worse(city: Colour, row: Colour, *, inhibited: bool) -> None:
    quiet = Quiet([], {}, {"T01": alert(CITY_ROW, city, "c")})
    assert bool(quiet.holds(alert(OWN_ROW, row))) is inhibited


def test_duties_and_other_targets_are_not_inhibited() -> None:
    quiet = Quiet([], {}, {"T01": alert(CITY_ROW, name="c")})
    elsewhere = replace(DISTRICT, identity=replace(DISTRICT.identity, target="T02"))
    assert quiet.holds(alert(DUTY)) == quiet.holds(alert(elsewhere)) == ()


def test_a_city_alert_that_is_held_itself_inhibits_nothing() -> None:
    city = alert(CITY_ROW, name="c")
    assert Quiet([], {"c": "f1"}, {"T01": city}).holds(alert(DISTRICT)) == ()


@pytest.mark.parametrize(
    ("moment", "sent"),
    [
        ((2021, 2, 19, 18, 0), (2021, 2, 20, 9, 0)),  # a Saturday, made a working day
        ((2021, 2, 20, 9, 0), (2021, 2, 20, 9, 0)),
        ((2021, 2, 20, 9, 1), (2021, 2, 22, 9, 0)),
        ((2021, 2, 10, 12, 0), (2021, 2, 18, 9, 0)),  # over the Spring Festival
        ((2021, 4, 19, 3, 0), (2021, 4, 19, 9, 0)),
    ],
)
def test_the_next_working_morning(moment: tuple[int, ...], sent: tuple[int, ...]) -> None:
    context = desk(ManualClock(FIRST_DAY), register(rules=alert_rules(wait_for_morning=True)))
    at = shanghai(*moment)

    assert context.goes_out(Colour.BLUE, at) == context.goes_out(Colour.YELLOW, at)
    assert context.goes_out(Colour.YELLOW, at) == shanghai(*sent)
    assert context.goes_out(Colour.RED, at) == at
    assert desk(ManualClock(FIRST_DAY)).goes_out(Colour.BLUE, at) == at
