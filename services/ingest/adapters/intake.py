"""From an unpacked body to a record with its rows packed: quickly, or else thoroughly."""

from dataclasses import replace
from typing import Final

from duibiao.contracts.v1 import submission_pb2 as pb
from services.ingest.adapters.formats import Read, Unreadable, read_rows
from services.ingest.adapters.names import Names
from services.ingest.adapters.packing import pack, record
from services.ingest.adapters.placing import placed
from services.ingest.adapters.quick import read_quickly
from services.ingest.adapters.unpacking import unpacked
from services.ingest.domain.checking import FIELDS, Checked, check
from services.ingest.domain.flaws import KEPT, Flaw, Flaws
from services.ingest.domain.posting import Posting
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

    def unpack(self, posting: Posting) -> bytes:
        """Return the body without its Content-Encoding, within the limit."""
        return unpacked(posting.body, posting.coding, self._max_decoded_bytes)

    def quickly(self, draft: Draft) -> Taken | None:
        """Take a body that is plainly right; None for any other."""
        packed = _blank(draft)
        quick = read_quickly(draft.posting, draft.body, draft.terms, self._names, packed)
        if quick is None:
            return None
        packed.org = quick.org
        packed.received = len(packed.observations) + len(packed.cases)
        taken = Taken(
            quick.org,
            packed.SerializeToString(),
            packed.received,
            0,
            encoding=quick.encoding,
            warnings=quick.warnings[:KEPT],
            warnings_total=len(quick.warnings),
        )
        return self._within(taken)

    def thoroughly(self, draft: Draft) -> Taken:
        """Read a body and tell every fault of it."""
        posting, terms = draft.posting, draft.terms
        flaws = Flaws()
        try:
            read = read_rows(posting.media, draft.body, FIELDS[posting.kind], terms.limits, flaws)
        except Unreadable as unreadable:
            flaws.bar(unreadable.flaw)
            return Taken(None, b"", 0, 0, flaws.listed(), flaws.total, unreadable.problem)
        return self._within(_packed(draft, check(posting.kind, read.rows, terms, flaws), read))

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


def _packed(draft: Draft, checked: Checked, read: Read) -> Taken:
    flaws = checked.flaws
    problem = None
    if flaws.barred:
        problem = _NOT_ALLOWED if checked.forbidden else "invalid"
    rejected = checked.received - len(checked.rows)
    payload = b""
    if checked.org is not None and problem is None:
        packed = _blank(draft)
        packed.org = checked.org
        packed.received, packed.rejected = checked.received, rejected
        pack(checked.rows, packed)
        payload = packed.SerializeToString()
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


def _blank(draft: Draft) -> pb.Submission:
    posting = draft.posting
    return record(draft.submission_id, "", posting.key_id, posting.kind, draft.terms.received)
