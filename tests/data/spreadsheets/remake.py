"""Makes the files beside it as a clerk does: forms filled in, mended and saved in LibreOffice.

    make run SAMPLE=0                                           # in one terminal
    python3 tests/data/spreadsheets/remake.py http://127.0.0.1:8080 var/dev-keys.json

Needs soffice and Debian's python3-uno, so it runs under the system's Python; without them it says
so and leaves everything as it is. Every entry goes the way that keys typed into a cell go.
"""

import contextlib
import importlib.util
import json
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
COMMAND = HERE.parents[2] / ".venv/bin/duibiao"
ORG, PORT = "tax-bureau", 18940
XLSX, ODS, CSV = "Calc MS Excel 2007 XML", "calc8", "Text - txt - csv (StarCalc)"
GB18030, UTF8 = "44,34,85,1", "44,34,76,1"
LOCALE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Setup/L10N"><prop oor:name="ooSetupSystemLocale" oor:op="fuse">
<value>zh-CN</value></prop></item></oor:items>
"""
REBATE = "export-rebate-days｜正常出口退税平均办理时间（工作日）"
CASES = {
    "A5": "退税〔2021〕1号",
    "B5": REBATE,
    "D5": "2021-3-1 9:30",
    "E5": "2021/3/8",
    "F5": "completed｜办结",
    "A6": "202100000000000123",
    "B6": REBATE,
    "D6": "2021年3月1日",
    "E6": "=D6+7",
    "F6": "办结",
    "A7": "00123",
    "B7": REBATE,
    "D7": "2021-3-2",
    "F7": "在办",
}
FIGURES = {"D5": "95.5%", "G5": "120", "E6": "955", "F6": "1,000", "D7": "=11/2", "G7": "1,200"}
FAULTS = {
    "A5": "错-1",
    "A6": "错-2",
    "A7": "错-3",
    "D7": "3/2/2021",
    "F6": "办完",
    "E5": "2021-2-1",
}
MENDED = {"D7": "2021-3-2", "F6": "办结", "E5": "2021-3-8"}


class Office:
    """LibreOffice, started for this, in Chinese."""

    def __init__(self, uno: Any) -> None:  # noqa: ANN401 - LibreOffice has no types
        self._uno = uno
        context = uno.getComponentContext()
        name = "com.sun.star.bridge.UnoUrlResolver"
        resolver = context.ServiceManager.createInstanceWithContext(name, context)
        address = f"uno:socket,host=127.0.0.1,port={PORT};urp;StarOffice.ComponentContext"
        for _ in range(240):
            with contextlib.suppress(Exception):
                self._context = resolver.resolve(address)
                return
            time.sleep(0.5)
        raise SystemExit("LibreOffice does not answer")

    def made(self, name: str) -> Any:  # noqa: ANN401 - the same
        return self._context.ServiceManager.createInstanceWithContext(name, self._context)

    def values(self, **values: object) -> tuple[Any, ...]:
        """Return arguments as LibreOffice wants them."""
        kind = self._uno.getClass("com.sun.star.beans.PropertyValue")
        found = []
        for name, value in values.items():
            found.append(kind())
            found[-1].Name, found[-1].Value = name, value
        return tuple(found)

    @contextlib.contextmanager
    def opened(self, path: Path) -> Iterator[Any]:
        desktop = self.made("com.sun.star.frame.Desktop")
        book = desktop.loadComponentFromURL(path.as_uri(), "_blank", 0, self.values())
        try:
            yield book
        finally:
            book.close(True)  # noqa: FBT003 - LibreOffice knows no keywords

    def typed(self, book: Any, entries: Mapping[str, str]) -> None:  # noqa: ANN401 - the same
        helper = self.made("com.sun.star.frame.DispatchHelper")
        window = book.CurrentController
        for cell, text in entries.items():
            window.select(book.Sheets.getByIndex(0).getCellRangeByName(cell))
            entry = self.values(StringName=text)
            helper.executeDispatch(window.Frame, ".uno:EnterString", "", 0, entry)

    def save(self, book: Any, path: Path, kind: str, options: str = "") -> None:  # noqa: ANN401
        book.storeToURL(path.as_uri(), self.values(FilterName=kind, FilterOptions=options))


@contextlib.contextmanager
def office(folder: Path) -> Iterator[Office]:
    profile = folder / "profile/user"
    profile.mkdir(parents=True)
    (profile / "registrymodifications.xcu").write_text(LOCALE, encoding="utf-8")
    listens = f"--accept=socket,host=127.0.0.1,port={PORT};urp;"
    settings = f"-env:UserInstallation={profile.parent.as_uri()}"
    process = subprocess.Popen(
        ["soffice", "--headless", "--norestore", settings, listens]  # noqa: S607
    )
    try:
        running = Office(importlib.import_module("uno"))
        yield running
        with contextlib.suppress(Exception):
            running.made("com.sun.star.frame.Desktop").terminate()
        process.wait(timeout=60)
    finally:
        process.kill()


def form(url: str, key: str, name: str, folder: Path) -> Path:
    """Fetch a form."""
    asked = urllib.request.Request(  # noqa: S310 - the product's own address
        f"{url}/v1/templates/{name}.xlsx", headers={"Authorization": f"Bearer {key}"}
    )
    path = folder / f"{name}.xlsx"
    with urllib.request.urlopen(asked) as answer:  # noqa: S310 - the same
        path.write_bytes(answer.read())
    return path


def remake(url: str, keys: Path, folder: Path, program: Office) -> None:
    """Make all files."""
    key = json.loads(keys.read_text(encoding="utf-8"))["orgs"][ORG]
    with program.opened(form(url, key, "cases", folder)) as book:
        program.typed(book, CASES)
        program.save(book, HERE / "cases.xlsx", XLSX)
        program.save(book, HERE / "cases-gb18030.csv", CSV, GB18030)
        program.save(book, HERE / "cases-bom.csv", CSV, UTF8)
        program.save(book, HERE / "cases.ods", ODS)
        # LibreOffice 7.4 puts no mark before UTF-8, newer ones and Excel do.
        plain = (HERE / "cases-bom.csv").read_text(encoding="utf-8-sig")
        (HERE / "cases-bom.csv").write_text(plain, encoding="utf-8-sig")
        book.Sheets.getByIndex(0).getCellRangeByName("I4:J4").merge(True)  # noqa: FBT003
        program.save(book, HERE / "merged-headings.xlsx", XLSX)
    with program.opened(form(url, key, "indicator", folder)) as book:
        program.typed(book, FIGURES)
        book.Sheets.getByIndex(0).getCellRangeByName("A1:I1").merge(True)  # noqa: FBT003
        program.save(book, HERE / "figures.xlsx", XLSX)
        program.save(book, HERE / "figures-gb18030.csv", CSV, GB18030)
    faulty = folder / "faults.xlsx"
    with program.opened(form(url, key, "cases", folder)) as book:
        program.typed(book, CASES | FAULTS)
        program.save(book, faulty, XLSX)
        shutil.copy(faulty, HERE / "faults.xlsx")
    told = ("--url", url, "--key-file", str(keys), "--org", ORG, "--kind", "cases")
    subprocess.run([COMMAND, "submit", faulty, *told], check=False)
    with program.opened(folder / "faults.xlsx.errors.xlsx") as book:
        program.typed(book, MENDED)
        program.save(book, HERE / "mended.xlsx", XLSX)


def main() -> None:
    """Do it, where there is what it takes."""
    if shutil.which("soffice") is None or importlib.util.find_spec("uno") is None:
        sys.exit("skipped: soffice or python3-uno is not installed")
    with tempfile.TemporaryDirectory() as folder, office(Path(folder)) as program:
        remake(sys.argv[1], Path(sys.argv[2]), Path(folder), program)


if __name__ == "__main__":
    main()
