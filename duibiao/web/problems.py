"""Problems and their errors: how anything that goes wrong is told to a caller (RFC 9457).

Never echoes a secret, a stack trace or more than a few dozen characters of what was sent.

    ErrorDetail    one error, in English and Chinese; the words of its code are in codes.json
    Problem        the request as a whole failed; any handler may raise it; its types,
                   which say what kind of thing went wrong, are in problem_types.json
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import quote

import msgspec
from pydantic import Field
from starlette.responses import Response
from typing_extensions import TypedDict

from duibiao.core.keys import hidden

MEDIA_TYPE: Final = "application/problem+json"
LISTED_AT_MOST: Final = 1_000
SHOWN_CHARACTERS: Final = 60
# What the product itself has to say is said to the end: what is allowed, who may, why.
_OURS: Final = frozenset({"allowed", "owners", "said", "reason", "expected"})
_OURS_AT_MOST: Final = 600
_SHOWN_PATH: Final = 300
# Python refuses to print integers of more than 4,300 digits; nobody wants to read 100.
_SHOWN_BITS: Final = 200


@dataclass(frozen=True, slots=True)
class Wording:
    """What an error code says; both are `str.format` templates with the same named fields."""

    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class ProblemType:
    """A kind of failed request.

    Attributes:
        status: the HTTP status it is always sent with.
        title, title_zh: the short name, the same on every occurrence.
        advice, advice_zh: what a caller can do about it, for the type's own page.

    """

    status: int
    title: str
    title_zh: str
    advice: str
    advice_zh: str


_HERE: Final = Path(__file__).parent
CODES: Final[Mapping[str, Wording]] = msgspec.json.decode(
    (_HERE / "codes.json").read_bytes(), type=dict[str, Wording]
)
PROBLEM_TYPES: Final[Mapping[str, ProblemType]] = msgspec.json.decode(
    (_HERE / "problem_types.json").read_bytes(), type=dict[str, ProblemType]
)


@dataclass(frozen=True, slots=True)
class ErrorDetail:
    """One thing to mend."""

    code: Annotated[str, Field(description="A code of /problems.")]
    message: str
    message_zh: str
    pointer: Annotated[
        str | None,
        Field(description="JSON pointer into the row, or /query/NAME, /path/NAME, /header/NAME."),
    ] = None
    index: Annotated[
        int | None, Field(description="The row, from 0; a header row is not counted.")
    ] = None


class Problem(Exception):  # noqa: N818 - the word of RFC 9457
    """The request failed; `type` is one of `PROBLEM_TYPES`."""

    def __init__(
        self,
        type: str,  # noqa: A002 - the member's name in RFC 9457
        faults: Sequence[ErrorDetail] = (),
        *,
        status: int | None = None,
        detail: str | None = None,
        detail_zh: str | None = None,
        headers: Mapping[str, str] | None = None,
        errors_total: int | None = None,
    ) -> None:
        """`status` only where it differs from the type's; `errors_total` where `faults` is cut."""
        kind = PROBLEM_TYPES[type]
        super().__init__(type)
        self.type = type
        self.status = kind.status if status is None else status
        self.title = kind.title
        self.title_zh = kind.title_zh
        self.faults = tuple(faults[:LISTED_AT_MOST])
        self.errors_total = len(faults) if errors_total is None else errors_total
        self.detail = detail or _summary(self.faults, self.errors_total, kind.title)
        self.detail_zh = detail_zh or _summary_zh(self.faults, self.errors_total, kind.title_zh)
        self.headers = dict(headers or {})


def error_detail(
    code: str, *, pointer: str | None = None, index: int | None = None, **values: object
) -> ErrorDetail:
    """Return the fault `code` with its wording filled in; `values` are the template's fields.

    A value may be a pair (English, Chinese) where the languages differ, or a list of values: words
    that are the same in both languages stand in quotation marks in Chinese. KeyError for an unknown
    code or a field that the wording has and the call has not.
    """
    return filled(code, values, pointer=pointer, index=index)


def filled(
    code: str, values: Mapping[str, object], *, pointer: str | None = None, index: int | None = None
) -> ErrorDetail:
    """Return the fault `code`, for values that are at hand as a mapping."""
    wording = CODES[code]
    en = {name: _said(name, _english(value)) for name, value in values.items()}
    zh = {name: _said(name, _chinese(value)) for name, value in values.items()}
    # A key may stand where the name of a field belongs.
    place = None if pointer is None else hidden(pointer)
    return ErrorDetail(code, wording.en.format_map(en), wording.zh.format_map(zh), place, index)


def _english(value: object) -> object:
    if isinstance(value, list):
        return ", ".join(str(_english(one)) for one in value)
    return value[0] if isinstance(value, tuple) else value


def _chinese(value: object) -> object:
    if isinstance(value, list):
        return "、".join(one[1] if isinstance(one, tuple) else f"“{one}”" for one in value)
    return value[1] if isinstance(value, tuple) else value


def _said(name: str, value: object) -> str:
    return shown(value, _OURS_AT_MOST if name in _OURS else SHOWN_CHARACTERS)


def shown(value: object, most: int = SHOWN_CHARACTERS) -> str:
    """Return a short printable form of anything sent to us, safe to put into a message."""
    if isinstance(value, int) and value.bit_length() > _SHOWN_BITS:
        return "…"
    text = hidden(str(value).lower() if isinstance(value, bool) else str(value))
    if len(text) > most:
        text = text[:most] + "…"
    if text.isprintable():
        return text
    # The wide space of Chinese text is as good as any other character of it.
    return "".join(c if c.isprintable() or c == "\u3000" else "�" for c in text)


class ProblemDocument(TypedDict):
    """RFC 9457 problem details, in English and Chinese."""

    type: Annotated[
        str,
        Field(
            description="Address of a page about this type.",
            json_schema_extra={"enum": [f"/problems/{slug}" for slug in PROBLEM_TYPES]},
        ),
    ]
    title: str
    title_zh: str
    status: int
    detail: str
    detail_zh: str
    instance: Annotated[str, Field(description="Path of the request.")]
    trace_id: Annotated[str, Field(description="Finds the request in the log.")]
    errors: Annotated[Sequence[ErrorDetail], Field(max_length=LISTED_AT_MOST)]
    errors_total: Annotated[int, Field(description="How many faults there are in all.")]


def document(problem: Problem, *, path: str, trace_id: str) -> ProblemDocument:
    """Return the members of the problem document; `path` is the request's, without its query."""
    return {
        "type": f"/problems/{problem.type}",
        "title": problem.title,
        "title_zh": problem.title_zh,
        "status": problem.status,
        "detail": problem.detail,
        "detail_zh": problem.detail_zh,
        "instance": quote(hidden(path)[:_SHOWN_PATH], errors="replace"),
        "trace_id": trace_id,
        "errors": problem.faults,
        "errors_total": problem.errors_total,
    }


def response(problem: Problem, *, path: str, trace_id: str) -> Response:
    """Return the problem as an HTTP response."""
    return Response(
        msgspec.json.encode(document(problem, path=path, trace_id=trace_id)),
        status_code=problem.status,
        headers=problem.headers,
        media_type=MEDIA_TYPE,
    )


def _summary(faults: Sequence[ErrorDetail], total: int, title: str) -> str:
    if total == 1 and faults:
        return faults[0].message
    return f"{total} faults, listed under errors." if total else f"{title}."


def _summary_zh(faults: Sequence[ErrorDetail], total: int, title_zh: str) -> str:
    if total == 1 and faults:
        return faults[0].message_zh
    return f"共{total}处问题，逐项列出。" if total else f"{title_zh}。"
