"""How long a body waits for its answer: of 10,000 rows and of ten, in each format.

    .venv/bin/python -m bench.bodies [--beside FOLDER] [--rounds 5]

The product is a child process on SQLite. With `--beside` another release runs too, from the folder
of its source, and both are asked by turns, so that what else goes on in the machine falls on both
alike. Rows are only tried (`dry_run`): what is measured is reading and checking.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Final

import psutil

from tests.support.padded import padded
from tests.support.product import NO_LIMITS, Product, kept_environment
from tests.support.project import ROOT
from tests.support.registers import the_register
from tests.support.writers import mortgage_cases

MORTGAGES: Final = the_register().indicators["mortgage-registration-days"]
FORMS: Final = {"json": "application/json", "ndjson": "application/x-ndjson", "csv": "text/csv"}
TIMES: Final = {10_000: 2, 10: 200}  # rows -> posts in a round


class Release(Product):
    """The product as it is in some folder of source."""

    def __init__(self, root: Path, folder: Path) -> None:
        super().__init__(folder, settings=NO_LIMITS)
        self.root = root

    def _started(self, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
        with self.output.open("ab") as output:
            return subprocess.Popen(
                [sys.executable, "-m", "services", *self.arguments],
                cwd=self.root,
                env={**kept_environment(), **environment},
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def spent(self, form: str, body: bytes, times: int) -> tuple[float, float]:
        """Return the seconds and the processor's seconds that one of so many posts took."""
        headers = self.key(MORTGAGES.reported_by[0]) | {"Content-Type": FORMS[form]}
        process = psutil.Process(self.process.pid)
        begun, used = time.monotonic(), sum(process.cpu_times()[:2])
        for _ in range(times):
            self.client.post("/v1/cases?dry_run=true", content=body, headers=headers)
        took, busy = time.monotonic() - begun, sum(process.cpu_times()[:2]) - used
        return took / times, busy / times


def bodies() -> Iterator[tuple[str, str, int, bytes]]:
    """Yield (format, sound or not, rows, body)."""
    for rows, form, fault in [
        (rows, form, fault) for rows in TIMES for form in FORMS for fault in (False, True)
    ]:
        found = next(mortgage_cases("bench", rows, MORTGAGES.code))
        if fault:
            found[-1]["outcome"] = "whim"
        yield form, "a fault" if fault else "sound", rows, padded(form, found, 0)


def main() -> None:
    shape = argparse.RawTextHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=shape)
    parser.add_argument("--beside", type=Path, help="folder of another release's source")
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    roots = [ROOT] if asked.beside is None else [ROOT, asked.beside]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        releases = [
            stack.enter_context(Release(root, folder / str(n))) for n, root in enumerate(roots)
        ]
        for form, fault, rows, body in bodies():
            spent = [[release.spent(form, body, 1)] for release in releases]  # warm
            for _ in range(asked.rounds):
                for release, heard in zip(releases, spent, strict=True):
                    heard.append(release.spent(form, body, TIMES[rows]))
            told = "   ".join(_told(heard[1:]) for heard in spent)
            print(f"{rows:6} rows {form:7} {fault:8} {len(body) / 1e6:5.2f} MB   {told}")


def _told(heard: list[tuple[float, float]]) -> str:
    waits, busy = zip(*heard, strict=True)
    return (
        f"{median(waits) * 1e3:7.1f} (least {min(waits) * 1e3:7.1f}) ms, "
        f"processor {min(busy) * 1e3:7.1f} ms"
    )


if __name__ == "__main__":
    main()
