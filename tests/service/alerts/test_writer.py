"""What people are sent: the words in two languages, figures that do not mislead, escaping."""

import json
from html.parser import HTMLParser
from typing import Any

import pytest

from services.alerts.adapters.channels.channel import Message
from services.alerts.adapters.channels.config import Language
from services.alerts.adapters.channels.writer import Part, Writer
from services.alerts.adapters.documents import notice_body
from services.alerts.domain.alert import Colour, Step
from tests.service.alerts.channel_environment import BOARD, NOW, message, opening, the_writer
from tests.support.registers import the_register

PARTS: tuple[Part, ...] = ("subject.txt", "text.txt", "markdown.txt", "page.html")
LANGUAGES: tuple[Language, ...] = ("zh", "en", "both")


def changed(**fields: Any) -> Message:  # noqa: ANN401 - JSON
    """An opening with other fields in its step, or in its alert."""
    (step,) = message().steps
    document = json.loads(step)
    for name, value in fields.items():
        place = document["data"] if name in document["data"] else document["data"]["alert"]
        assert name in place
        place[name] = value
    return Message("m", (json.dumps(document).encode(),))


def test_a_target_in_both_languages() -> None:
    assert the_writer().write("text.txt", message(), "both").split("\n") == [
        "【黄牌】黄〔2021〕7号 发出：抵押登记1个工作日办结",
        "目标：T13（通知第18.4项）",
        "牵头单位：市税务局",
        "所涉期间：2021年一季度",
        "2021年一季度完成值：5.5 个工作日",
        "目标值：≤ 1 个工作日",
        "回复期限：2021年5月10日（当日有效）",
        f"{BOARD}/board/alerts/alert-0007",
        "",
        "Yellow card 黄〔2021〕7号 raised: Mortgage registration within 1 working day",
        "Target: T13 (clause 18.4 of the notice)",
        "Lead units: Tax Bureau",
        "Periods: 2021 Q1",
        "Figure of 2021 Q1: 5.5 working days",
        "Target value: ≤ 1 working day",
        "Reply due: 2021-05-10 (inclusive)",
        f"{BOARD}/board/alerts/alert-0007",
    ]


def test_a_duty_and_a_milestone_name_what_is_owed() -> None:
    report = opening(
        "黄-2021-0008", duty="6.3/2021Q1", org="tax-bureau", measure="6.3", figure=None
    )
    text = the_writer().write("text.txt", message(report), "zh")
    assert "【黄牌】黄〔2021〕8号 发出：6.3 " in text
    assert "（进展报送）" in text
    assert "报送单位：市税务局" in text
    assert "目标值" not in text

    (one, *_) = (m for measure in the_register().measures for m in measure.milestones)
    due = opening("红-2021-0001", duty=one.code, org="tax-bureau", measure=one.measure, figure=None)
    assert one.title_zh in the_writer().write("subject.txt", message(due), "zh")
    assert one.title in the_writer().write("subject.txt", message(due), "en")


def test_several_steps_make_one_list() -> None:
    several = message(opening("红-2021-0001"), opening("黄-2021-0002"), opening("红-2021-0003"))

    assert the_writer().write("subject.txt", several, "zh") == "预警3件：黄牌1件、红牌2件"
    english = the_writer().write("subject.txt", several, "en")
    assert english == "3 alerts: 1 yellow card, 2 red cards"
    text = the_writer().write("text.txt", several, "zh")
    assert [line[:12] for line in text.split("\n") if line.startswith("【")] == [
        "【红牌】红〔2021〕1",
        "【黄牌】黄〔2021〕2",
        "【红牌】红〔2021〕3",
    ]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("part", PARTS)
def test_every_step_and_colour_can_be_written(part: Part, language: Language) -> None:
    for step in Step:
        for colour in Colour:
            text = the_writer().write(part, changed(step=step.value, colour=colour.value), language)
            assert text.strip()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("part", PARTS)
def test_what_the_register_no_longer_has_is_written_by_its_code(
    part: Part, language: Language
) -> None:
    lost = message(opening(target="T99", leads=("no-such-org",)))
    assert "T99" in the_writer().write(part, lost, language)
    old = message(opening(duty="99.9/2021Q1", org="no-such-org", measure="99.9", figure=None))
    assert "99.9" in the_writer().write(part, old, language)


@pytest.mark.parametrize(
    ("period", "zh", "en"),
    [
        ("2021", "2021年", "2021"),
        ("2021S2", "2021年下半年", "2021 H2"),
        ("2021Q3", "2021年三季度", "2021 Q3"),
        ("202103", "2021年3月", "2021 Mar"),
        ("20210325", "2021-03-25", "2021-03-25"),
    ],
)
def test_periods_have_names(period: str, zh: str, en: str) -> None:
    of_it = changed(period=period, periods=["2021Q1", period])
    assert f"所涉期间：2021年一季度、{zh}\n" in the_writer().write("text.txt", of_it, "zh")
    assert f"Periods: 2021 Q1, {en}\n" in the_writer().write("text.txt", of_it, "en")


def test_reply_dates_are_told_while_a_reply_is_owed() -> None:
    closed = the_writer().write("text.txt", changed(state="closed", step="closed"), "zh")
    assert "核实销号" in closed
    assert "回复期限" not in closed


def test_a_figure_never_reads_as_on_the_other_side() -> None:
    assert "完成值：1.004 个工作日\n" in the_writer().write("text.txt", changed(figure=1.004), "zh")
    assert "完成值：5 个工作日\n" in the_writer().write("text.txt", changed(figure=5.004), "zh")


def test_without_a_figure_none_is_told() -> None:
    assert "完成值" not in the_writer().write("text.txt", changed(figure=None), "zh")


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value for name, value in attrs if name == "href"]


def test_nothing_that_is_filled_in_becomes_html() -> None:
    evil = "<script>alert(1)</script>\"><img src=x onerror=alert(1)>&'{{ 7*7 }}"
    pages = [
        the_writer().write("page.html", changed(reason=evil, number=evil, duty=evil), "both"),
        the_writer().write("page.html", changed(target=None, duty=evil, measure=evil), "both"),
        the_writer().write("page.html", changed(leads=[evil], org=evil, region=evil), "both"),
        the_writer().write("page.html", changed(target=evil), "both"),
        the_writer().write("page.html", Message("n", (notice_body("x", evil, evil, NOW),)), "both"),
    ]
    for page in pages:
        tags = Tags()
        tags.feed(page)
        assert tags.found.isdisjoint({"script", "img"})
        assert "onerror" not in tags.attributes
        assert set(tags.links) <= {f"{BOARD}/board/alerts/alert-0007"}
        assert "alert(1)" in page
        assert "49" not in page


def test_nothing_that_is_filled_in_becomes_markdown() -> None:
    evil = "[登录](https://evil.invalid) **x** <@all> `y`"
    text = the_writer().write("markdown.txt", changed(reason=evil), "zh")

    assert "［登录］(https://evil.invalid) ＊＊x＊＊ ＜@all＞ ｀y｀" in text
    assert text.count("](") == 1


def test_a_subject_is_one_line() -> None:
    subject = the_writer().write("subject.txt", changed(target=None, duty="a\r\nBcc: b"), "both")
    assert subject.splitlines() == [subject]


def test_without_an_address_there_are_no_links() -> None:
    writer = Writer(the_register(), "")
    for part in PARTS:
        assert "http" not in writer.write(part, message(), "both")


def test_what_is_too_long_by_itself_is_cut_off_with_a_link() -> None:
    fits = lambda text: len(text) <= 60  # noqa: E731
    text = the_writer().fitted("text.txt", message(), "zh", fits)

    assert len(text) <= 60
    assert text.startswith("【黄牌】黄〔2021〕7号")
    assert text.endswith(f"…\n{BOARD}")
