"""From an unpacked body to a record with its rows packed: quickly, or else thoroughly."""

from typing import Final

from duibiao.contracts.v1 import submission_pb2 as pb
from services.ingest.adapters.formats import Unreadable, read_rows
from services.ingest.adapters.packing import pack, record
from services.ingest.adapters.plain import Names
from services.ingest.adapters.quick import read_quickly
from services.ingest.adapters.unpacking import gunzip, too_large
from services.ingest.domain.checking import FIELDS, Checked, check
from services.ingest.domain.flaws import Flaws
from services.ingest.domain.posting import Posting
from services.ingest.ports import Draft, Taken

_NOT_ALLOWED: Final = "forbidden"


class BodyIntake:
    """The `Intake` of real bodies. Holds nothing but what it learned about names."""

    def __init__(self, max_decoded_bytes: int) -> None:
        self._max_decoded_bytes = max_decoded_bytes
        self._names = Names()

    def unpack(self, posting: Posting) -> bytes:
        """Return the body without its Content-Encoding, within the limit."""
        if posting.coding == "gzip":
            return gunzip(posting.body, self._max_decoded_bytes)
        if len(posting.body) > self._max_decoded_bytes:
            raise too_large(self._max_decoded_bytes)
        return posting.body

    def quickly(self, draft: Draft) -> Taken | None:
        """Take a body that is plainly right; None for any other."""
        posting, terms = draft.posting, draft.terms
        packed = _blank(draft)
        org = read_quickly(posting.kind, posting.media, draft.body, terms, self._names, packed)
        if org is None:
            return None
        packed.org = org
        packed.received = len(packed.observations) + len(packed.cases)
        return Taken(org, packed.SerializeToString(), packed.received, 0)

    def thoroughly(self, draft: Draft) -> Taken:
        """Read a body and tell every fault of it."""
        posting, terms = draft.posting, draft.terms
        flaws = Flaws()
        try:
            rows = read_rows(posting.media, draft.body, FIELDS[posting.kind], terms.limits, flaws)
        except Unreadable as unreadable:
            flaws.bar(unreadable.flaw)
            return Taken(None, b"", 0, 0, flaws.listed(), flaws.total, unreadable.problem)
        return _packed(draft, check(posting.kind, rows, terms, flaws))


def _packed(draft: Draft, checked: Checked) -> Taken:
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
    return Taken(
        checked.org, payload, checked.received, rejected, flaws.listed(), flaws.total, problem
    )


def _blank(draft: Draft) -> pb.Submission:
    posting = draft.posting
    return record(draft.submission_id, "", posting.key_id, posting.kind, draft.terms.received)
