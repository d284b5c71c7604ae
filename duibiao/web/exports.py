"""Every list of the API as a whole: CSV and workbooks under the list's address and a suffix.

The list's own route is asked page by page, so access, filters and rows are those of the list. The
first line holds the fields as the API spells them, a part of an object as `decisive.status`; in a
workbook after their Chinese names. Times stand as people in Asia/Shanghai read them. No text is
taken for a formula.
"""

import csv
import io
from codecs import BOM_UTF8
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from importlib.resources import files
from itertools import islice
from tempfile import TemporaryFile
from typing import IO, Any, Final
from urllib.parse import urlencode

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Message

from duibiao.web.lists import LIMIT_AT_MOST, unknown_field
from duibiao.web.problems import Problem, error_detail
from duibiao.workdays import SHANGHAI

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_NOTE: Final = (
    "在地址后加`.csv`、`.xlsx`可下载全部。Add `.csv` or `.xlsx` to the address for the whole list."
)
_OK: Final = 200
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_LINES_AT_ONCE: Final = 1_000
# Excel opens none with more.
_LINES_OF_A_SHEET: Final = 1_048_576

Document = Mapping[str, Any]
Cell = str | int | Decimal | bool | None
HEADINGS: Final[Mapping[str, str]] = msgspec.json.decode(
    files(__package__).joinpath("headings.json").read_bytes()
)
_Pages = AsyncIterator[Sequence[Document]]
_decoder: Final = msgspec.json.Decoder(float_hook=Decimal)


@dataclass(frozen=True, slots=True)
class _Column:
    """A field of a row, or a part of one that is an object."""

    path: tuple[str, ...]
    is_time: bool

    @property
    def name(self) -> str:
        return ".".join(self.path)

    @property
    def heading(self) -> str:
        return f"{HEADINGS.get(self.path[-1], '')} {self.name}".strip()

    def of(self, row: Mapping[str, Any]) -> Cell:
        value: Any = row
        for name in self.path:
            value = None if value is None else value[name]
        if self.is_time and value is not None:
            return f"{datetime.fromisoformat(value).astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"
        if isinstance(value, list) and all(isinstance(part, str) for part in value):
            return ", ".join(value)
        if isinstance(value, list | dict):
            return msgspec.json.encode(value).decode()
        found: Cell = value
        return found


def routes() -> list[Route]:
    """Return the routes of all lists; those of single things come before them."""
    return [Route(f"/v1/{{name:path}}.{kind}", _exported) for kind in ("csv", "xlsx")]


def mentioned(document: dict[str, Any]) -> dict[str, Any]:
    """Return an OpenAPI document in which each list says that it can be had whole."""
    for path, operations in document["paths"].items():
        if _row_of(document, path) is not None:
            about = operations["get"]
            about["description"] = f"{about.get('description', '')}\n\n{_NOTE}".strip()
    return document


def chunks(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Yield lines joined to pieces for a stream: each piece goes through another thread."""
    rest = iter(lines)
    while chunk := b"".join(islice(rest, _LINES_AT_ONCE)):
        yield chunk


async def _exported(request: Request) -> Response:
    path, _, kind = request.scope["path"].rpartition(".")
    document = await run_in_threadpool(request.app.openapi)
    row = _row_of(document, path)
    if row is None:
        raise Problem("not-found", [error_detail("not-found", value=request.scope["path"])])
    if faults := [
        unknown_field(name) for name in ("limit", "cursor") if name in request.query_params
    ]:
        raise Problem("invalid", faults)
    named = [one["name"] for one in document["paths"][path]["get"].get("parameters", ())]
    given = {"limit": LIMIT_AT_MOST} if "limit" in named else {}
    first = await _ask(request, path, given)
    if first.status_code != _OK:
        return first
    columns = list(_columns(document, row))
    pages = _answers(request, path, given, first)
    if kind == "csv":
        return StreamingResponse(_csv(columns, pages), media_type="text/csv; charset=utf-8")
    return StreamingResponse(_read(await _workbook(columns, pages)), media_type=XLSX)


async def _ask(request: Request, path: str, given: Mapping[str, object]) -> Response:
    """Return what the list answers; it counts as the same call, however many pages it takes."""
    query = "&".join(filter(None, (request.url.query, urlencode(given)))).encode()
    scope = {**request.scope, "path": path, "raw_path": path.encode(), "query_string": query}
    answer, body = Response(), bytearray()

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            answer.status_code, answer.raw_headers = message["status"], message["headers"]
        else:
            body.extend(message["body"])

    await request.app.router(scope, request.receive, send)
    answer.body = bytes(body)
    return answer


async def _answers(
    request: Request, path: str, given: Mapping[str, object], answer: Response
) -> _Pages:
    """Yield the rows of every page; RuntimeError, which breaks the answer off, without the next."""
    while True:
        page = _decoder.decode(answer.body)
        yield page["items"]
        if page["next_cursor"] is None:
            return
        answer = await _ask(request, path, {**given, "cursor": page["next_cursor"]})
        if answer.status_code != _OK:
            raise RuntimeError(f"the next page of {path} was answered {answer.status_code}")


async def _csv(columns: Sequence[_Column], pages: _Pages) -> AsyncIterator[bytes]:
    yield BOM_UTF8 + _lines([[column.name for column in columns]])  # then it is taken for UTF-8
    async for rows in pages:
        yield await run_in_threadpool(_lines, ([one.of(row) for one in columns] for row in rows))


def _lines(lines: Iterable[Sequence[Cell]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(map(_harmless, line) for line in lines)
    return text.getvalue().encode()


def _harmless(value: Cell) -> Cell:
    if isinstance(value, bool):
        return str(value).lower()
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


async def _workbook(columns: Sequence[_Column], pages: _Pages) -> IO[bytes]:
    """Return a file with a workbook that was written page by page."""
    file = TemporaryFile()  # noqa: SIM115 - closed when it has been sent
    with ExitStack() as broken_off:
        broken_off.enter_context(file)
        sheets = await run_in_threadpool(_Sheets, file, columns)
        try:
            async for rows in pages:
                await run_in_threadpool(sheets.add, rows)
        finally:
            await run_in_threadpool(sheets.book.close)  # it has temporary files of its own
        broken_off.pop_all()
    return file


class _Sheets:
    """The sheets of a workbook; each begins with the headings."""

    def __init__(self, file: IO[bytes], columns: Sequence[_Column]) -> None:
        import xlsxwriter  # noqa: PLC0415 - slow to import, and rarely needed

        self.book = xlsxwriter.Workbook(file, {"constant_memory": True})
        self._bold = self.book.add_format({"bold": True})
        self._columns = columns
        self._begin()

    def add(self, rows: Sequence[Document]) -> None:
        for row in rows:
            if self._line == _LINES_OF_A_SHEET:
                self._begin()
            for number, column in enumerate(self._columns):
                value = column.of(row)
                if isinstance(value, str):
                    self._sheet.write_string(self._line, number, value)
                elif value is not None:
                    self._sheet.write(self._line, number, value)
            self._line += 1

    def _begin(self) -> None:
        self._sheet, self._line = self.book.add_worksheet(), 1
        self._sheet.write_row(0, 0, [column.heading for column in self._columns], self._bold)
        self._sheet.freeze_panes(1, 0)


def _read(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        file.seek(0)
        while piece := file.read(64 << 10):
            yield piece


def _row_of(document: Document, path: str) -> Document | None:
    """Return the schema of a list's rows; None where no list has this address."""
    answers = document["paths"].get(path, {}).get("get", {}).get("responses", {})
    content = answers.get("200", {}).get("content", {}).get("application/json", {})
    properties = _shape(document, content.get("schema", {})).get("properties", {})
    if not {"items", "next_cursor"} <= set(properties):
        return None
    return _shape(document, properties["items"]["items"])


def _columns(document: Document, row: Document, above: tuple[str, ...] = ()) -> Iterator[_Column]:
    for name, schema in row["properties"].items():
        shape, path = _shape(document, schema), (*above, name)
        if "properties" in shape:
            yield from _columns(document, shape, path)
        else:
            yield _Column(path, shape.get("format") == "date-time")


def _shape(document: Document, schema: Document) -> Document:
    """Return what a schema refers to, or is where it is not null."""
    kinds = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
    if len(kinds) == 1:
        schema = kinds[0]
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        found: Document = document["components"]["schemas"][name]
        return found
    return schema
