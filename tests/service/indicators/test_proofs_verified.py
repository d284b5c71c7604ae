"""Whoever holds a proof verifies it with tools/verify_proof.py alone, and any change shows."""

import copy
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import pytest

from duibiao.register import default_folder
from services.cli.sample import read
from services.indicators.adapters.proofs import sealed
from services.ingest.domain.context import Kind, Limits, Sender
from tests.service.indicators.proven import Download, downloads, generated, tool, verify
from tests.service.indicators.service import SUBMISSIONS, WORKDAYS, IndicatorsService
from tests.support.ingest import intake, posting
from tests.support.product import until
from tests.support.proofs import VALIDATOR
from tests.support.registers import the_register
from tests.support.statements import at

KINDS: dict[str, Kind] = {"observations": "observation", "cases": "case"}
LIMITS = Limits(10_000, 8, 200, 2_000, timedelta(minutes=5))
# What another number of would be noticed though the digest were made anew, too.
COUNTED = ("value", "numerator", "weight", "overdue_open", "met", "gap", "short", "status", "phase")
COUNTED_WHOLE = ("clock", "distribution", "figure", "pace", "pauses", "worst")
UNCOUNTED = ("pause_share_alarm",)


def calendar() -> dict[str, Any]:
    years = {
        str(year): {
            "weekdays_off": [day.isoformat() for day in off],
            "weekends_worked": [day.isoformat() for day in worked],
        }
        for year, (off, worked) in WORKDAYS.exceptions().items()
    }
    return {"version": WORKDAYS.version, "years": years}


CALENDAR = tool.Calendar(calendar())


def differences(download: Download) -> list[Any]:
    found: list[Any] = tool.verify(download.proof, CALENDAR, download.cases)
    return found


def sample(folder: Path) -> list[Download]:
    register = the_register()
    with IndicatorsService(folder, register=register).start() as service:
        payloads: list[bytes] = []
        for batch in read(default_folder() / "sample"):
            if batch.kind in KINDS:
                sender = Sender(batch.org, office=False)
                posted = posting(KINDS[batch.kind], batch.body, "csv", sender=sender)
                named = replace(posted, id=f"s{len(payloads):03}", received=at("2022-01-04"))
                payloads.append(intake(register, LIMITS).listed(named, named.body).payload)
        service.append(SUBMISSIONS, *payloads)
        until(lambda: len(service.outcomes()) >= len(payloads), seconds=60, what="all is judged")
        asked = service.calls("auditor").get("/v1/calendar").json()
        assert asked == calendar()
        return list(downloads(service))


def test_every_proof_of_the_sample_is_verified_from_another_folder(
    tmp_path: Path, folder_mostly_on_sqlite: Path
) -> None:
    found = sample(folder_mostly_on_sqlite)
    assert len(found) > 150
    (tmp_path / "calendar.json").write_text(json.dumps(calendar()), "utf-8")
    lines = [download.save(tmp_path) for download in found]
    ran = verify(tmp_path, *(line[0] for line in lines))
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.splitlines() == [f"{line[0]}: 一致 equal" for line in lines]
    with_cases = [(line, download) for line, download in zip(lines, found, strict=True) if line[1:]]
    assert len(with_cases) > 50
    for line, _ in with_cases[:2]:
        ran = verify(tmp_path, *line)
        assert ran.returncode == 0, ran.stdout + ran.stderr
    kinds = Counter(name for one in found for name, value in one.proof.items() if value)
    for name in ("figure", "distribution", "clock", "compared_with", "pace", "kept", "cases"):
        assert kinds[name], name
    for download in found:
        assert [error.message for error in VALIDATOR.iter_errors(download.proof)] == []
        assert differences(download) == []


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> list[Download]:
    return generated(tmp_path_factory.mktemp("made"), 2)


def check_generated(folder: Path, found: Sequence[Download]) -> None:
    (folder / "calendar.json").write_text(json.dumps(calendar()), "utf-8")
    for download in found:
        assert [error.message for error in VALIDATOR.iter_errors(download.proof)] == []
        assert differences(download) == []
    ran = verify(folder, *(download.save(folder)[0] for download in found))
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_generated_proofs_are_verified(tmp_path: Path, made: list[Download]) -> None:
    assert len(made) > 100
    check_generated(tmp_path, made)


@pytest.mark.soak
def test_2000_generated_proofs_are_verified(tmp_path: Path) -> None:
    number = 0
    for seed in range(100, 125):
        place = tmp_path / str(seed)
        place.mkdir()
        found = generated(place, seed)
        check_generated(place, found)
        number += len(found)
    assert number > 2_000


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        for name, part in value.items():
            yield from leaves(part, (*path, name))
    elif isinstance(value, list):
        for place, part in enumerate(value):
            yield from leaves(part, (*path, place))
    else:
        yield path, value


def another(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Return another value of the kind of a leaf."""
    match value:
        case None:
            return "1"
        case bool():
            return not value
        case int() | Decimal():
            return value + 1
    try:
        return str(Fraction(value) + 1)
    except ValueError:
        return f"{value}x"


def noticed(proof: dict[str, Any], cases: bytes | None) -> bool:
    try:
        return bool(tool.verify(proof, CALENDAR, cases))
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError):
        return True


def counted(path: tuple[Any, ...]) -> bool:
    """Whether a leaf is an operand or a result, not only a name or a note."""
    names = {part for part in path if isinstance(part, str)}
    return (
        path[0] not in ("steps", "lines", "notes", "verdict")
        and not names & {*UNCOUNTED}
        and (bool(names & {*COUNTED_WHOLE}) or path[-1] in COUNTED)
    )


def test_a_proof_with_any_single_value_changed_does_not_verify(made: list[Download]) -> None:
    random, tried = Random(5), 0
    proofs = [one for one in made if one.proof["figure"]]
    by_kind = {(one.proof["statistic"], one.cases is None): one for one in proofs}
    pending = [one for one in proofs if one.proof["clock"] and one.proof["clock"]["doubts"]]
    for download in (*by_kind.values(), *pending[:1]):
        proof = download.proof
        places = list(leaves({n: part for n, part in proof.items() if n != "verdict"}))
        for path, value in random.sample(places, min(80, len(places))):
            changed = copy.deepcopy(proof)
            part: Any = changed
            for name in path[:-1]:
                part = part[name]
            part[path[-1]] = another(value)
            assert noticed(changed, None), path
            if counted(path):
                tried += 1
                assert noticed(dict(sealed(changed)), download.cases), path
    assert tried > 100


def test_every_value_of_a_pace_is_verified(made: list[Download]) -> None:
    paces = [one.proof for one in made if one.proof["pace"]]
    assert paces
    for proof in paces:
        for path, value in leaves(proof["pace"]):
            changed = copy.deepcopy(proof)
            for other in (another(value), None if value is not None else "2021-12-30"):
                changed["pace"][path[0]] = other
                assert noticed(dict(sealed(changed)), None), path


def test_a_case_changed_taken_out_or_put_in_is_noticed(made: list[Download]) -> None:
    download = max(made, key=lambda one: len(one.cases or b""))
    assert download.cases is not None
    lines = download.cases.splitlines(keepends=True)
    first = json.loads(lines[0])
    other = json.dumps({**first, "accepted_on": "2021-01-05"}).encode() + b"\n"
    for cases in (lines[1:], [*lines, lines[0]], [other, *lines[1:]], lines[::-1]):
        assert noticed(download.proof, b"".join(cases))


def test_what_cannot_be_read_is_told_apart_from_what_differs(
    tmp_path: Path, made: list[Download]
) -> None:
    (tmp_path / "calendar.json").write_text(json.dumps(calendar()), "utf-8")
    download = made[0]
    (tmp_path / "no.json").write_text("{", "utf-8")
    download.save(tmp_path)
    (tmp_path / "other.json").write_text(
        json.dumps({**json.loads(download.text), "reporters": 77}), "utf-8"
    )
    unread, differs = verify(tmp_path, "no.json"), verify(tmp_path, "other.json")
    assert (unread.returncode, unread.stdout) == (2, "")
    assert "no.json: 无法读取 cannot be read" in unread.stderr
    assert differs.returncode == 1
    assert "other.json: 2 处不一致 differences" in differs.stdout
    assert "verdict.reporters: 依据所载 says" in differs.stdout
