"""Inspection packs: all that an inspection asks of a unit and a period, in one archive.

Everything comes through the public API, a piece at a time, so that its size does not matter. The
page asks it with the session or key of its visitor, who gets what they may read and no more; since
cards and audit chains are other services', it asks at the address of the whole installation.
"""

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Final, cast
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import httpx
import msgspec
import structlog
from fastapi import Request
from fastapi.responses import Response, StreamingResponse
from jinja2 import Environment, PackageLoader

from duibiao.register import PERIOD_TYPES, Period, Register, containing, parse
from duibiao.store import StoreUnavailable
from duibiao.web.every_item import Row, every_item
from duibiao.web.problems import Problem

_LISTS: Final = ("records/observations", "records/progress-reports", "verdicts", "reviews")
_DATED: Final = (1980, 1, 1, 0, 0, 0)  # the first day that a zip archive knows
_CREDENTIALS: Final = "cookie", "authorization"
_SECONDS: Final = 60
_CHUNK: Final = 65_536  # bytes
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class InspectionPack:
    """The pack of one unit and period: `write` reads it through `client`, a piece at a time."""

    client: httpx.Client
    archive: ZipFile
    org: str
    period: Period
    listed: list[tuple[str, int, str]] = field(default_factory=list)

    def write(self) -> None:
        """Write what there is on the period and those within it, then the page that lists it."""
        codes, about = list(_codes(self.period)), {self.org}
        for code in codes:
            for name in _LISTS:
                path = f"/v1/{name}.csv"
                self._fetch(f"{code}/{Path(path).name}", path, org=self.org, period=code)
        self._fetch("cases.csv", "/v1/records/cases.csv", org=self.org, period=self.period.code)
        self._fetch("duties.csv", "/v1/duties.csv", org=self.org)
        led = {one["id"] for one in self._items("targets") if self.org in one["leads"]}
        for org, code in ((org, code) for org in (self.org, "") for code in codes):
            for one in self._items("verdicts", org=org, period=code):
                if org or one["target"] in led:
                    self._fetch(f"{code}/{one['id']}.json", f"/v1/verdicts/{one['id']}/proof")
        for card in self._items("alerts", lead=self.org):
            if not {*card["periods"]}.isdisjoint(codes):
                about.add(card["id"])
                self._card(f"/v1/alerts/{card['id']}", f"cards/{card['number']}")
        for chain in ("ingest", "access", "indicators", "alerts"):
            records = self._items(f"audit/{chain}", limit=1_000)
            ours = (msgspec.json.encode(one) + b"\n" for one in records if _concerns(one, about))
            self._add(f"audit-{chain}.jsonl", ours)
        page = Environment(loader=PackageLoader(__package__), autoescape=True)
        told = page.get_template("inspection-pack/index.html").render(pack=self)
        self._add("index.html", [told.encode()])

    def _card(self, path: str, name: str) -> None:
        """Add a card with its history, and the files of its replies, of those returned too."""
        content = b"".join(self._content(path))
        self._add(f"{name}.json", [content])
        for digest, suffix in sorted({*_files(msgspec.json.decode(content))}):
            self._fetch(f"{name}/{digest}{suffix}", f"{path}/files/{digest}")

    def _fetch(self, name: str, path: str, **asked: str) -> None:
        self._add(name, self._content(path, **asked))

    def _content(self, path: str, **asked: str) -> Iterator[bytes]:
        with self.client.stream("GET", path, params=asked) as answer:
            if answer.is_error:
                answer.read()  # for whoever tells why
            answer.raise_for_status()
            yield from answer.iter_bytes()

    def _items(self, name: str, **asked: str | int) -> Iterator[Row]:
        return every_item(self.client, f"/v1/{name}", **asked)

    def _add(self, name: str, chunks: Iterable[bytes]) -> None:
        digest, size, about = sha256(), 0, ZipInfo(name, _DATED)
        about.compress_type = ZIP_DEFLATED
        with self.archive.open(about, "w", force_zip64=True) as file:
            for chunk in chunks:
                digest.update(chunk)
                size += file.write(chunk)
        self.listed.append((name, size, digest.hexdigest()))


def _files(value: object) -> Iterator[tuple[str, str]]:
    """Yield the SHA-256 and the suffix of every file that a card or its history names."""
    if isinstance(value, dict):
        if value.get("sha256"):  # else a name or an address
            yield value["sha256"], Path(value["name"]).suffix
        value = [*value.values()]
    for one in value if isinstance(value, list) else ():
        yield from _files(one)


def _codes(period: Period) -> Iterator[str]:
    """Yield the codes of a period and of the halves, quarters and months in it."""
    yield period.code
    for kind in PERIOD_TYPES[1 : PERIOD_TYPES.index(period.type)]:
        one = containing(period.first, kind)
        while period.covers(one):
            yield one.code
            one = one.next()


def _concerns(record: Row, about: set[str]) -> bool:
    named = [*record["actor"].split("/"), *record["subject"].split("/")]
    return not about.isdisjoint([*named, *map(str, record["details"].values())])


def endpoint(register: Register, site: str) -> Callable[..., Response]:
    """Return what answers with a pack; `site` is where the whole installation is asked."""
    # One at a time: what it asks for takes threads too, and must not wait for them in a circle.
    turn = threading.Lock()

    def pack(request: Request, org: str, period: str) -> Response:
        if org not in register.orgs:
            raise Problem("not-found")
        try:
            wanted = parse(period)
        except ValueError:
            raise Problem("not-found") from None
        if not turn.acquire(blocking=False):
            raise StoreUnavailable("another inspection pack is being made")
        try:
            file = _made(request, site, org, wanted)
        finally:
            turn.release()
        headers = {"content-disposition": f"attachment; filename={org}-{period}.zip"}
        return StreamingResponse(_chunks(file), media_type="application/zip", headers=headers)

    return pack


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        yield from iter(lambda: file.read(_CHUNK), b"")


def _made(request: Request, site: str, org: str, period: Period) -> IO[bytes]:
    given = {name: request.headers[name] for name in _CREDENTIALS if name in request.headers}
    file = cast("IO[bytes]", TemporaryFile())  # noqa: SIM115 - closed once it was sent
    try:
        with (
            httpx.Client(base_url=site, headers=given, timeout=_SECONDS, trust_env=False) as client,
            ZipFile(file, "w") as archive,
        ):
            InspectionPack(client, archive, org, period).write()
    except (httpx.HTTPError, ValueError) as error:  # no answer, or none of this product
        file.close()
        _log.warning("no inspection pack", site=site, reason=str(error))
        raise StoreUnavailable(f"{site}: {error}") from error
    file.seek(0)
    return file
