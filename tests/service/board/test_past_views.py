"""Views of the board as it was: the banner, the links, what is left out."""

from dataclasses import replace
from datetime import datetime
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest

from services.indicators.board.data import BoardData, View
from services.indicators.board.past import parse_view
from tests.service.board.boards import HeldBoard
from tests.service.board.pages import app, page, serve
from tests.service.board.test_every_page import PATHS
from tests.service.board.test_who_sees_what import OWED
from tests.support.asgi import OFFICE, Calls

AS_OF = "2021-10-01T00:00:00+08:00"
everywhere = pytest.mark.parametrize("path", PATHS)


class Unchanged(HeldBoard):
    """A board that was always as it is."""

    def at(self, view: View) -> BoardData:  # noqa: ARG002 - all views are the same
        return self


@pytest.fixture(scope="module")
def past(story: HeldBoard) -> Calls:
    return serve(Unchanged(**{name: getattr(story, name) for name in story.__match_args__}))


@everywhere
def test_a_past_view_says_so_and_leads_back(past: Calls, path: str) -> None:
    shown = page(past, f"{path}?as_of=2021-10-01")
    (said,) = shown.with_class("past")
    assert "以下为 2021-10-01 00:00 时的评估结论。" in said.text
    assert said.one("a").attributes["href"] == "?as_of=corrected"
    english = page(past, f"{path}?as_of=reported&lang=en").with_class("past")[0]
    assert english.text.startswith("A past view Figures as reported when each period was closed")
    for now in (path, f"{path}?as_of=corrected"):
        assert page(past, now).with_class("past") == []


@everywhere
def test_its_links_keep_it(past: Calls, path: str) -> None:
    address = f"http://test{path}?as_of=2021-10-01"
    for link in page(past, f"{path}?as_of=2021-10-01").all("a"):
        href = link.attributes["href"]
        if href.startswith("#") or "/sign-in" in href or "as_of=corrected" in href:
            continue
        split = urlsplit(urljoin(address, href))
        kept = parse_qs(split.query)["as_of"]
        assert kept in ([AS_OF], ["2021-10-01"], ["reported"]), href
        assert past.get(f"{split.path}?{split.query}").status_code == 200


@everywhere
def test_it_holds_figures_and_verdicts_alone(past: Calls, path: str) -> None:
    shown = page(past, f"{path}?as_of=reported").one("main").text
    assert OWED.findall(shown) == []


def test_links_of_the_present_stay_as_they_are(past: Calls) -> None:
    assert "as_of=" not in past.get("/board/orgs").text


def test_before_the_first_verdict_nothing_is_known(story: HeldBoard) -> None:
    shown = page(serve(story), "/board?as_of=2020-12-31")
    assert "18项指标中尚无可作判断的" in shown.with_class("headline")[0].text


@everywhere
def test_an_address_that_names_no_view_is_refused(past: Calls, path: str) -> None:
    for odd in ("yesterday", "9999-12-31T23:59:59-12:00", "2021-13-01"):
        answer = past.get(path, params={"as_of": odd})
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "bad-view")


def test_a_moment_is_in_shanghai_unless_it_says_otherwise() -> None:
    assert parse_view("2021-10-01") == datetime.fromisoformat(AS_OF)
    assert parse_view("2021-09-30T16:00:00+00:00") == datetime.fromisoformat(AS_OF)
    assert parse_view("2021-09-30T16:00:00 00:00") == datetime.fromisoformat(AS_OF)


def test_anybody_may_see_the_figures_of_an_open_board_as_they_were(story: HeldBoard) -> None:
    calls = Calls(app(replace(story), "open", office=OFFICE))
    shown = page(calls, "/board?as_of=reported")
    assert len(shown.with_class("strip")[0].all("a")) == 18
    assert OWED.findall(shown.one("main").text) == []
