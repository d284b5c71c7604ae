"""Doubts over HTTP: what the office is asked about the data of units, and its answers."""

from collections.abc import Mapping
from contextlib import suppress
from fractions import Fraction
from importlib.resources import files
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Depends, Request, Response

from duibiao.register import UNITS, Register, Unit, parse
from duibiao.web.access import Caller, need
from duibiao.web.board.figures import with_unit
from duibiao.web.board.language import Language, name_of
from duibiao.web.bodies import clean
from duibiao.web.problems import Problem, error_detail
from services.indicators.adapters.decisions import DecisionLog
from services.indicators.adapters.doubts import Doubts
from services.indicators.adapters.http import answers
from services.indicators.adapters.http.decisions import DecisionReason, Office, problems
from services.indicators.adapters.http.query import PAGING, Query, documented
from services.indicators.domain.doubts import Doubt
from services.indicators.domain.wording import show
from services.indicators.usecases.decide import NoSuchDecision

_Reader = Annotated[Caller, Depends(need("org", "office", "auditor"))]
_SHARES: Final = ("share", "paused_share", "extended_share", "alarm")
_TEXTS: Final = msgspec.json.decode(files(__package__).joinpath("doubts.json").read_bytes())
_QUESTIONS: Final = _TEXTS["questions"]
_WORDS: Final[Mapping[Language, Mapping[str, str]]] = _TEXTS["words"]
_QUERY: Final = documented(
    *("period.within", "org.own", "indicator", "kind", "state.doubt", *PAGING),
    kind=[*_QUESTIONS],
    state=["open", "answered"],
)
_FIELDS: Final = ("id", *answers.columns_of(Doubt), "state")
_TEXT: Final = {"type": "string"}
_DOUBT: Final = answers.describe(
    Doubt, _FIELDS[1:-1], **dict.fromkeys(("id", "state", "question_zh", "question"), _TEXT)
)


def build(register: Register, doubts: Doubts, log: DecisionLog) -> APIRouter:
    """Return the routes."""
    router = APIRouter(tags=["doubts 疑点"])

    @router.get("/v1/doubts", responses=answers.several(_DOUBT), openapi_extra=_QUERY)
    def list_doubts(request: Request, caller: _Reader) -> Response:
        """一期的疑点：请牵头办公室核问的数据问题，不影响结论。List the doubts about a period."""
        query = Query(request, _QUERY, register)
        given, page = query.filters(), query.page(str)
        query.done()
        period = given.pop("period") or f"{doubts.clock.today().year:04}"
        org = given.pop("org") or caller.org
        if org and not caller.sees(org):
            raise Problem("forbidden", [error_detail("not-visible", pointer="/query/org")])
        found = [
            one
            for one in doubts.find(parse(period))
            if (page.after is None or one.id > str(page.after[0]))
            and (org is None or org in one.orgs)
            and all(value in (None, getattr(one, name)) for name, value in given.items())
        ]
        kept, cursor = page.cut(found[: page.limit + 1], lambda one: (one.id,))
        return answers.listed([_row(register, one) for one in kept], cursor)

    @router.post("/v1/doubts/{doubt_id}/answer", responses=answers.one(_DOUBT))
    def answer_doubt(doubt_id: str, caller: Office, body: DecisionReason) -> Response:
        """答复疑点；事实变化后才会再次提出。Answer a doubt; only new facts ask again."""
        reason = clean(body).reason
        with problems(f"/v1/doubts/{doubt_id}", "doubt.answered"):
            said = {"reason": reason, "doubt": _row(register, _present_doubt(doubts, doubt_id))}
            log.take(caller.actor, lambda make: make.answer_doubt(doubt_id, said))
            return answers.json_of(_row(register, _present_doubt(doubts, doubt_id)))

    return router


def _present_doubt(doubts: Doubts, ident: str) -> Doubt:
    """Return the doubt of an id; NoSuchDecision where there is none, or none any more."""
    with suppress(ValueError, LookupError):
        return {one.id: one for one in doubts.find(parse(ident.split(".")[1]))}[ident]
    raise NoSuchDecision(ident)


def _row(register: Register, doubt: Doubt) -> dict[str, object]:
    zh, en = (question(register, doubt, language) for language in _WORDS)
    return answers.row(doubt, _FIELDS) | {"question_zh": zh, "question": en}


def question(register: Register, doubt: Doubt, language: Language) -> str:
    """Ask about a doubt; about a running total in words of its own."""
    texts, facts, to = _QUESTIONS[doubt.kind], doubt.facts, _WORDS[language]["to"]
    if doubt.indicator is None:  # then only things are counted
        return str(texts[language].format(**facts))
    about, percent = register.indicators[doubt.indicator], UNITS["percent"]
    said = {
        name: _shown(fact, percent if name in _SHARES else about.counted_in, language)
        for name, fact in facts.items()
        if name != "other"
    }
    said["range"] = to.join({said.get("lowest", ""): 0, said.get("highest", ""): 0})
    for name, code in (("name", about.code), ("other", facts.get("other", about.code))):
        said[name] = name_of(register.indicators[code], language)
    asked = str(texts.get(about.statistic, texts)[language].format(**said))
    return asked.replace("为约", "约为")


def _shown(fact: object, unit: Unit, language: Language) -> str:
    """Write a fact: a figure (its text) in the unit, a count, or examples."""
    words = _WORDS[language]
    if isinstance(fact, list):
        return words["comma"].join(fact)
    if not isinstance(fact, str):
        return words["none"] if fact is None else str(fact)
    text = with_unit(show(Fraction(fact)).replace("≈", words["about"]), unit, language)
    return text.replace(" ", words["space"])
