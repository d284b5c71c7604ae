"""The document as a word processor prints it, where LibreOffice and poppler are installed."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.service.board.boards import HeldBoard
from tests.service.board.test_bulletin import PARTS, facts, files
from tests.support.registers import the_register

SECONDS = 180
TOOLS = ("soffice", "pdftotext", "pdfinfo")
pytestmark = [
    pytest.mark.soak,
    pytest.mark.timeout(2 * SECONDS),
    pytest.mark.skipif(
        not all(map(shutil.which, TOOLS)), reason="libreoffice-writer-nogui, poppler-utils"
    ),
]


def ask(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=True)
    return done.stdout


@pytest.mark.parametrize("closed", [True, False])
def test_it_prints(story: HeldBoard, tmp_path: Path, closed: bool) -> None:  # noqa: FBT001
    given = {} if closed else {"closed_on": None, "sample": True}
    file = tmp_path / "bulletin.docx"
    file.write_bytes(files(facts(story, **given))["docx"])
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    ask(
        "soffice",
        profile,
        "--headless",
        "--convert-to",
        "pdf",
        "--outdir",
        str(tmp_path),
        str(file),
    )
    pdf = str(file.with_suffix(".pdf"))
    told = ask("pdfinfo", pdf)
    pages = int(re.findall(r"Pages: +(\d+)", told)[0])
    assert pages > 10
    assert "(A4)" in told
    text = re.sub(r"[ \n]", "", ask("pdftotext", "-layout", pdf, "-"))
    assert all(heading in text for heading in PARTS)
    assert [f"—{page}—" in text for page in range(1, pages + 1)] == [True] * pages
    assert text.count("草稿尚未锁定") == (0 if closed else pages)
    # Headings of tables stand again on every page that a table goes on to.
    tasks = [task for task in the_register().tasks if the_register().measures_of(task.no)]
    assert text.count("进展情况（报送原文）") > len(tasks)
