"""What holds for every page: open, safe, fit to be read aloud, in two languages."""

import re
from dataclasses import replace
from hashlib import sha256
from itertools import pairwise
from urllib.parse import urljoin, urlsplit

import pytest

from duibiao.web.board.assets import FILES, address
from tests.service.board.boards import HeldBoard, alert, duty, series, verdict_row
from tests.service.board.pages import page, serve
from tests.service.board.story import DONE, WORK
from tests.support.asgi import Calls
from tests.support.registers import measure, org, region, register, target

PATHS = (
    "/board",
    "/board/targets/T02",
    "/board/targets/T18",
    "/board/tasks/11",
    "/board/tasks/17",
    "/board/measures/11.1",
    "/board/measures/21.2",
    "/board/orgs",
    "/board/orgs/tax-bureau",
)
both = pytest.mark.parametrize("language", ["zh", "en"])
everywhere = pytest.mark.parametrize("path", PATHS)
NASTY = "<script>alert(1)</script><b onmouseover='x'>\"&amp;"


@everywhere
@both
def test_headings_go_down_one_step_at_a_time(asked: Calls, path: str, language: str) -> None:
    found = page(asked, f"{path}?lang={language}").all()
    levels = [int(one.tag[1]) for one in found if re.fullmatch("h[1-6]", one.tag)]

    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


@everywhere
def test_every_table_has_a_caption_and_heads_that_say_what_they_head(
    asked: Calls, path: str
) -> None:
    for table in page(asked, path).all("table"):
        assert table.one("caption").text
        heads = table.all("th")
        assert all(head.attributes["scope"] in {"col", "row"} for head in heads)
        columns = len(table.one("thead").all("th"))
        for row in table.one("tbody").all("tr"):
            assert len(row.all("th")) == 1
            assert len(row.all("th")) + len(row.all("td")) == columns


@everywhere
@both
def test_every_picture_is_named_and_described_or_hidden(
    asked: Calls, path: str, language: str
) -> None:
    shown = page(asked, f"{path}?lang={language}")
    for picture in shown.all("svg"):
        if picture.inside("svg"):
            continue
        if picture.attributes.get("aria-hidden") == "true":
            assert picture.all("title") == []
            continue
        assert picture.attributes["role"] == "img"
        named = picture.attributes["aria-labelledby"].split()
        assert named == [
            picture.one("title").attributes["id"],
            picture.one("desc").attributes["id"],
        ]
        assert picture.one("title").text
        assert picture.one("desc").text


@everywhere
def test_a_mark_always_carries_words(asked: Calls, path: str) -> None:
    marks = page(asked, path).with_class("mark")
    assert all(mark.text for mark in marks)
    assert all(mark.all("svg") for mark in marks)


@everywhere
def test_ids_are_unique_and_every_local_link_arrives(asked: Calls, path: str) -> None:
    shown = page(asked, path)
    ids = [one.attributes["id"] for one in shown.all() if "id" in one.attributes]
    assert len(ids) == len(set(ids))
    for link in shown.all("a"):
        address = link.attributes["href"]
        if address.startswith("#"):
            assert address[1:] in ids
    for one in shown.all():
        for name in one.attributes.get("aria-labelledby", "").split():
            assert name in ids


@everywhere
def test_every_link_leads_to_a_page_of_the_board(asked: Calls, path: str) -> None:
    shown = page(asked, path)
    links = {urljoin(f"http://test{path}", a.attributes["href"]) for a in shown.all("a")}
    links = {link for link in links if not link.startswith("http://test/board/sign-in")}  # ingest's
    assert {urlsplit(link).netloc for link in links} == {"test"}
    own = [link for link in links if "/board/alerts/" not in link]  # of the alerts service
    for link in sorted(own)[:12]:
        answer = asked.get(link.removeprefix("http://test"))
        assert answer.status_code == 200, link


@everywhere
def test_a_page_is_html_and_one_style_sheet_and_nothing_else(asked: Calls, path: str) -> None:
    shown = page(asked, path)
    text = asked.get(path).text

    assert shown.all("script") == []
    assert not any("style" in one.attributes or "onclick" in one.attributes for one in shown.all())
    (sheet,) = shown.all("link", rel="stylesheet")
    assert sheet.attributes["href"] == address("board.css")
    assert set(re.findall(r"https?://[^'\"\s<]+", text)) <= {"http://www.w3.org/2000/svg"}
    assert {one.tag for one in shown.all()}.isdisjoint({"img", "iframe", "object", "style"})
    assert {one.attributes["method"] for one in shown.all("form")} <= {"get"}


@everywhere
def test_the_headers_forbid_everything_else(asked: Calls, path: str) -> None:
    headers = asked.get(path).headers

    policy = dict(
        part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";")
    )
    assert policy == {
        "default-src": "'none'",
        "style-src": "'self'",
        "script-src": "'self'",
        "connect-src": "'self'",
        "img-src": "'self' data:",
        "base-uri": "'none'",
        "form-action": "'self'" if page(asked, path).all("form") else "'none'",
        "frame-ancestors": "'none'",
    }
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert headers["Cache-Control"] == "private, no-cache"


@everywhere
@both
def test_the_page_says_which_language_it_speaks(asked: Calls, path: str, language: str) -> None:
    answer = asked.get(f"{path}?lang={language}")
    shown = page(asked, f"{path}?lang={language}")

    assert shown.one("html").attributes["lang"] == {"zh": "zh-CN", "en": "en"}[language]
    assert answer.headers["Content-Language"] == language
    switch = shown.with_class("switch")[0]
    assert switch.attributes["lang"] == {"zh": "en", "en": "zh-CN"}[language]
    assert switch.text == {"zh": "English", "en": "中文"}[language]


@everywhere
def test_english_pages_hold_no_chinese_but_names_in_chinese_alone(asked: Calls, path: str) -> None:
    shown = page(asked, f"{path}?lang=en").one("main")
    # numbers of alerts and of the notice are Chinese by nature
    said = re.sub(r"[红黄蓝]〔2021〕\d+号|市政办发〔2021〕6号", "", shown.text)
    allowed = "两处来源不一致" + WORK + DONE  # what units and verdicts say
    assert [word for word in re.findall(r"[\u4e00-\u9fff]+", said) if word not in allowed] == []


@everywhere
def test_the_switch_keeps_what_else_was_asked(asked: Calls, path: str) -> None:
    shown = page(asked, f"{path}?verdict=a%26b&lang=zh")
    assert shown.with_class("switch")[0].attributes["href"] == "?verdict=a%26b&lang=en"


def test_the_choice_is_remembered_and_can_be_taken_back(asked: Calls) -> None:
    chosen = asked.get("/board?lang=en")
    cookie = chosen.headers["Set-Cookie"]
    assert cookie.startswith("duibiao_lang=en;")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/board" in cookie

    later = {"Cookie": "duibiao_lang=en"}
    assert asked.get("/board/orgs", headers=later).headers["Content-Language"] == "en"
    assert "Set-Cookie" not in asked.get("/board/orgs", headers=later).headers
    assert asked.get("/board?lang=zh", headers=later).headers["Content-Language"] == "zh"


@pytest.mark.parametrize("odd", ["", "fr", "EN", "zh%0d%0aX: y", "a" * 2000])
def test_an_odd_language_is_chinese_and_not_remembered(asked: Calls, odd: str) -> None:
    answer = asked.get(f"/board?lang={odd}")
    assert answer.headers["Content-Language"] == "zh"
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    "path",
    ["/board/targets/T99", "/board/targets/t01", "/board/orgs/nobody", "/board/nothing", "/board/"],
)
def test_what_is_not_there_is_a_problem_and_not_a_page(asked: Calls, path: str) -> None:
    answer = asked.get(path)
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["type"] == "/problems/not-found"


@pytest.mark.parametrize("name", FILES)
def test_a_static_file_may_be_kept_for_as_long_as_its_address(asked: Calls, name: str) -> None:
    answer = asked.get(address(name))
    assert answer.content == FILES[name]
    kind = {"css": "text/css", "js": "text/javascript"}[name.rpartition(".")[2]]
    assert answer.headers["Content-Type"] == f"{kind}; charset=utf-8"
    assert "immutable" in answer.headers["Cache-Control"]
    assert sha256(FILES[name]).hexdigest().startswith(address(name).rpartition("=")[2])


def test_the_pages_are_no_part_of_the_api_document(asked: Calls) -> None:
    paths = asked.get("/openapi.json").json()["paths"]
    assert not [path for path in paths if path.startswith("/board")]


def nasty() -> HeldBoard:
    """A board whose every name tries to be more than a name."""
    hostile = replace(target(leads=("tax-bureau",)), name=NASTY, name_zh=NASTY)
    odd = replace(measure("1.1", leads=("tax-bureau",)), title=NASTY, title_zh=NASTY)
    made = register(
        targets=[hostile],
        measures=[odd],
        orgs=[org("tax-bureau", NASTY, NASTY)],
        regions=[region(name=NASTY)],
        version=NASTY,
    )
    made = replace(
        made,
        notice=replace(made.notice, title=NASTY, title_zh=NASTY, number=NASTY, issuer_zh=NASTY),
        tasks=tuple(replace(task, title=NASTY, title_zh=NASTY) for task in made.tasks),
    )
    return HeldBoard(
        made,
        verdicts=series(verdict_row(hostile, "2021Q3", 5)),
        duties=(duty(),),
        alerts=(alert(NASTY, state=NASTY),),
        proofs={
            "T01-city-610100-2021Q3": {
                "lines": [{"zh": NASTY, "en": NASTY}],
                "inputs": [
                    {
                        "kind": NASTY,
                        "org": NASTY,
                        "region": NASTY,
                        "period": "2021Q3",
                        "submission_id": NASTY,
                    }
                ],
                "register_version": NASTY,
            }
        },
    )


@pytest.mark.parametrize(
    "path", ["/board", "/board/targets/T01", "/board/orgs", "/board/orgs/tax-bureau"]
)
@both
def test_names_are_shown_and_never_obeyed(path: str, language: str) -> None:
    calls = serve(nasty())
    shown = page(calls, f"{path}?lang={language}&q={NASTY}")

    assert shown.all("script") == []
    assert not any("onmouseover" in one.attributes for one in shown.all())
    assert NASTY in shown.raw()
    assert "<script" not in calls.get(f"{path}?lang={language}&q={NASTY}").text
