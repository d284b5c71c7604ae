"""`duibiao inspection-pack ORG PERIOD`: one archive of what an inspection asks of a unit.

Everything comes through the public API, a piece at a time, so that its size does not matter. Exit
codes: 0 saved, 1 the product says no, 2 wrong use, or the product is not available.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import httpx
import msgspec
import typer
from jinja2 import Environment, PackageLoader

from duibiao.register import PERIOD_TYPES, Period, containing, parse
from services.cli.asking import KeyFile, Row, Url, asking, every_item

app = typer.Typer(add_completion=False)
_LISTS: Final = ("records/observations", "records/progress-reports", "verdicts", "reviews")
_DATED: Final = (1980, 1, 1, 0, 0, 0)  # the first day that a zip archive knows


@app.command()
def inspection_pack(
    org: Annotated[str, typer.Argument(metavar="ORG", help="单位代码 a unit")],
    period: Annotated[str, typer.Argument(metavar="PERIOD", help="期间，如 2021Q1 a period")],
    *,
    output: Annotated[Path, typer.Option("-o", "--output", dir_okay=False, help="文件 a file")],
    url: Url = "",
    key_file: KeyFile = None,
) -> None:
    """迎检材料：一个单位一期的数据、凭据和办理记录。All that an inspection of a unit asks for."""
    try:
        wanted = parse(period)
    except ValueError:
        raise typer.BadParameter(f"{period}: 不是期间代码 no period") from None
    part = output.with_name(f"{output.name}.part")
    try:
        with asking(url, key_file, refused=1) as client, ZipFile(part, "w") as archive:
            _Pack(client, archive, org, wanted).write()
        part.replace(output)
    finally:
        part.unlink(missing_ok=True)
    typer.echo(f"已保存 saved: {output}")


@dataclass(frozen=True, slots=True)
class _Pack:
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
        page = Environment(loader=PackageLoader("services.cli"), autoescape=True)
        told = page.get_template("inspection-pack.html").render(pack=self)
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
