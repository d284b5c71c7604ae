"""From a decompressed body to a record with its rows packed: quickly, or else thoroughly."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from services.ingest.adapters.compression import decompressed
from services.ingest.adapters.formats import Read, Unreadable, WorkbookReaders, read_rows
from services.ingest.adapters.names import Names
from services.ingest.adapters.packing import Parcel, pack, record
from services.ingest.adapters.placing import placed
from services.ingest.adapters.quick import read_quickly
from services.ingest.domain.checking import FIELDS, Checked, check
from services.ingest.domain.flaws import KEPT, Flaw, Flaws
from services.ingest.domain.posting import TABLES, Posting
from services.ingest.domain.rows import Row
from services.ingest.domain.vocabulary import InCodes, vocabulary_of
from services.ingest.ports import Draft, Taken

_NOT_ALLOWED: Final = "forbidden"
_TOO_LARGE: Final = "too-large"


class BodyIntake:
    """The `Intake` of real bodies. Holds nothing but what it learned about names."""

    def __init__(self, max_decoded_bytes: int, max_record_bytes: int) -> None:
        """`max_record_bytes`: what the log takes; more would wait for ever and all behind it."""
        self._max_decoded_bytes = max_decoded_bytes
        self._max_record_bytes = max_record_bytes
        self._names = Names()
        self._workbooks = WorkbookReaders()

    def close(self) -> None:
        """End the processes that read workbooks."""
        self._workbooks.close()

    def decompressed(self, posting: Posting) -> bytes:
        """Return the body without its Content-Encoding, within the limit."""
        return decompressed(posting.body, posting.coding, self._max_decoded_bytes)

    def quickly(self, draft: Draft) -> Taken | None:
        """Take a body that is plainly right; None for any other."""
        parcel = _begun(draft)
        quick = read_quickly(draft.posting, draft.body, draft.terms, self._names, parcel)
        if quick is None:
            return None
        taken = Taken(
            quick.org,
            parcel.sealed(quick.org, quick.received, 0),
            quick.received,
            0,
            encoding=quick.encoding,
            warnings=quick.warnings[:KEPT],
            warnings_total=len(quick.warnings),
        )
        return self._within(taken)

    def thoroughly(self, draft: Draft) -> Taken:
        """Read a body and tell every fault of it."""
        flaws, packing = Flaws(), _Packing(draft)
        try:
            read, checked = _checked(draft, flaws, packing, self._workbooks)
        except Unreadable as unreadable:
            flaws.bar(unreadable.flaw)
            return Taken(None, b"", 0, 0, flaws.listed(), flaws.total, unreadable.problem)
        return self._within(_taken(draft, checked, read, packing.parcel))

    def _within(self, taken: Taken) -> Taken:
        """Refuse what is too large for the log: a cell that a workbook has once counts per row."""
        if len(taken.payload) <= self._max_record_bytes:
            return taken
        flaw = Flaw("too-much", names={"limit": self._max_record_bytes})
        return replace(
            taken,
            payload=b"",
            problem=_TOO_LARGE,
            flaws=[flaw, *taken.flaws][:KEPT],
            flaws_total=taken.flaws_total + 1,
        )


class _Packing:
    """Packs rows as they are found to be sound, a part of the record after the other."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self.begin()

    def begin(self) -> None:
        self.parcel = _begun(self._draft)

    def keep(self, rows: Sequence[Row]) -> None:
        pack(rows, self.parcel.part)
        self.parcel.turn()


def _checked(
    draft: Draft, flaws: Flaws, packing: _Packing, workbooks: WorkbookReaders
) -> tuple[Read, Checked]:
    kind, terms = draft.posting.kind, draft.terms
    read = read_rows(draft.posting.media, draft.body, FIELDS[kind], terms.limits, flaws, workbooks)
    tables = draft.posting.media.format in TABLES
    rows = InCodes(read.rows, vocabulary_of(terms.register)) if tables else read.rows
    checked = check(kind, rows, terms, flaws, packing)
    if not checked.received and not flaws:
        raise Unreadable("invalid", "empty-body")
    return read, checked


def _taken(draft: Draft, checked: Checked, read: Read, parcel: Parcel) -> Taken:
    flaws = checked.flaws
    problem = None
    if flaws.barred:
        problem = _NOT_ALLOWED if checked.forbidden else "invalid"
    rejected = checked.received - checked.taken
    payload = b""
    if checked.org is not None and problem is None:
        payload = parcel.sealed(checked.org, checked.received, rejected)
    heeded = flaws.heeded()
    return Taken(
        org=checked.org,
        payload=payload,
        received=checked.received,
        rejected=rejected,
        flaws=placed(flaws.listed(), draft.posting, read.lines),
        flaws_total=flaws.total,
        problem=problem,
        encoding=read.encoding,
        warnings=placed(heeded[:KEPT], draft.posting, read.lines),
        warnings_total=len(heeded),
    )


def _begun(draft: Draft) -> Parcel:
    posting = draft.posting
    received = draft.terms.received
    return Parcel(record(draft.submission_id, "", posting.key_id, posting.kind, received))
