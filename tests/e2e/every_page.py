"""Every page of the board and every file that can be downloaded, found from the routes themselves.

A new page is looked at without a change here, unless its path names a thing that `examples` does
not know: say there which one is to be looked at.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

import httpx

from tests.service.web.test_every_route import routes
from tests.service.web.whole_process import running
from tests.support.product import Product

FILES = (".csv", ".xlsx", ".docx", ".ics", ".html", ".zip", ".{suffix}", ".{format}", ".{kind}")
BY_ITSELF = "/board/live"  # no page
READERS = ("office", "tax-bureau", "auditor", "admin")


def addresses(folder: Path) -> list[str]:
    """Return the paths that are read with GET, of all services."""
    with running(folder) as (_, process):
        found = routes(process.app.router.routes)
        return sorted({path for method, path in found if method == "GET" and path != BY_ITSELF})


def examples(product: Product) -> Mapping[str, Sequence[str]]:
    """Return what stands for the parameters of paths."""

    def first(path: str, name: str = "id", most: int = 1) -> list[str]:
        return [row[name] for row in product.items(path)[:most]]

    submissions = first("/v1/submissions?org=tax-bureau", "submission_id")
    waivers, silences = first("/v1/waivers"), first("/v1/silences")
    alerts = [*first("/v1/alerts?colour=yellow"), *first("/v1/alerts?colour=red")]
    return {
        "target": ["T02", "T12", "T16"],
        "task": ["6", "17"],
        "measure": ["1.2", "11.1"],
        "org": ["tax-bureau", "districts-and-counties", "beilin-district"],
        "region": ["610103"],
        "period": ["2021Q4", "2021"],
        "rows": ["observation", "progress_report"],
        "upload_id": [uploaded(product, "5.5"), uploaded(product, "<b>5")],
        "year": ["2021"],
        "quarter": ["2021Q4"],
        "indicator": ["export-rebate-days"],
        "name": ["indicator", "cases", "progress"],
        "kind": ["observations", "cases", "progress-reports"],
        "list": ["verdicts", "duties", "alerts"],
        "alert_id": alerts,
        "alert": alerts,
        "verdict_id": first("/v1/verdicts?target=T16"),
        "submission_id": submissions,
        "submission": submissions,
        "waiver_id": waivers,
        "waiver": waivers,
        "silence_id": silences,
        "flood_id": ["none"],
        "format": ["html", "docx", "xlsx"],
        "suffix": ["csv", "xlsx"],
        "draft_id": ["none"],
        "draft": ["none"],
        "slug": ["not-found"],
        "sha256": ["0" * 64],
        "note_id": first("/v1/notes"),
        "doubt_id": ["none"],
        "key_id": ["none"],
        "person_id": ["none"],
    }


def uploaded(product: Product, value: str) -> str:
    """Upload a table for the office, and return its id."""
    table = f"org,indicator,period,value\ntax-bureau,export-rebate-days,2021Q4,{value}\n"
    answer = product.client.post(
        "/board/submit/uploads",
        data={"kind": "observation"},
        files={"file": ("<b>数</b>.csv", table.encode())},
        headers=product.key("office"),
    )
    assert answer.status_code == httpx.codes.SEE_OTHER, answer.text
    return answer.headers["location"].rpartition("/")[2]


def filled(path: str, known: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the addresses of a path, every example of one parameter with one of the others."""
    names = re.findall(r"{(\w+)", path)
    unknown = [name for name in names if name not in known]
    assert not unknown, f"{path}: give an example of {unknown} in tests/e2e/every_page.py"
    bare = path.replace(":path", "")
    if len(names) == 1:
        return [bare.format(**{names[0]: one}) for one in known[names[0]]]
    return [bare.format(**{name: known[name][0] for name in names})]


class Reader:
    """Who reads with a session, or without one where `who` is empty."""

    def __init__(self, product: Product, who: str) -> None:
        self.who, self.url = who, product.url
        self.client = httpx.Client(base_url=product.url, timeout=60)
        self.cookie = ""
        if who:
            key = product.key(who)["Authorization"].removeprefix("Bearer ")
            answer = self.client.post("/board/sign-in", data={"key": key})
            assert answer.status_code == httpx.codes.SEE_OTHER, answer.text
            self.cookie = self.client.cookies["duibiao-session"]


@dataclass(frozen=True)
class Sight:
    """An address and who looks at it."""

    reader: Reader
    address: str

    def __str__(self) -> str:
        return f"{self.address} ({self.reader.who or 'stranger'})"


def pages(product: Product, paths: Iterable[str]) -> list[Sight]:
    """Return every page, seen by the first who may, and by a stranger where it is open."""
    return _sights(product, (p for p in paths if p.startswith("/board")), "text/html")


def downloads(product: Product, paths: Iterable[str]) -> list[Sight]:
    """Return every file, and every list as one, downloaded by the first who may."""
    files = [p for p in paths if p.endswith(FILES) and not p.startswith("/v1/{name:path}")]
    lists = [f"{p}.{kind}" for p in paths if p.startswith("/v1/") for kind in ("csv", "xlsx")]
    return _sights(
        product, [*files, *(one for one in lists if not one.startswith(tuple(files)))], ""
    )


def _sights(product: Product, paths: Iterable[str], kind: str) -> list[Sight]:
    known, stranger = examples(product), Reader(product, "")
    others = [Reader(product, who) for who in READERS]

    def looks(reader: Reader, address: str) -> bool:
        answer = reader.client.get(address)
        told: str = answer.headers.get("content-type", "")
        return answer.status_code == httpx.codes.OK and told.startswith(kind)

    found = []
    for address in (one for path in paths for one in filled(path, known)):
        first = next((one for one in others if looks(one, address)), None)
        open_to_all = kind and looks(stranger, address)
        found += [Sight(one, address) for one in (first, stranger if open_to_all else None) if one]
    return found


def texts_of(address: str, content: bytes) -> Iterator[str]:
    """Yield the texts of a table or a document; fails where it holds a formula or a macro."""
    if content[:2] != b"PK":
        text = content.decode("utf-8-sig")
        if ".csv" in address:
            yield from (cell for line in csv.reader(io.StringIO(text)) for cell in line)
        else:
            yield text
        return
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            assert "vba" not in name.lower(), (address, name)
            if name.endswith((".docx", ".xlsx", ".csv", ".html")):
                yield from texts_of(name, archive.read(name))
            elif name.endswith(".xml"):
                root = ET.fromstring(archive.read(name))  # noqa: S314 - our own
                for one in root.iter():
                    kind = one.tag.rpartition("}")[2]
                    assert kind != "f" or "template" in address, (address, name, one.text)
                    if kind == "t" and one.text:
                        yield one.text
