"""What Schemathesis cannot read from the description: how bodies are packed, and what to spare.

Loaded by tests/e2e/schemathesis.toml. `DUIBIAO_SPARED_KEYS` names the ids of the keys that the run
itself posts with: revoking one of them would end it.
"""

import gzip
import json
import os
from collections.abc import Callable
from typing import Any

import schemathesis
import zstandard
from hypothesis import strategies as st

from tests.laws.ingest.odd_bodies import MEDIA_TYPES, workbook
from tests.laws.ingest.odd_bodies import rows as rows_of
from tests.support.ingest import KINDS
from tests.unit.ingest.evidence_samples import SOUND

_PACKING: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "zstd": zstandard.ZstdCompressor().compress,
}
_SPARED = frozenset(os.environ.get("DUIBIAO_SPARED_KEYS", "").split(","))
_ROWS = st.one_of([rows_of(kind) for kind in KINDS]).filter(bool)

# The other formats have examples, from which and from text their bodies are made.
schemathesis.openapi.media_type(MEDIA_TYPES["xlsx"], _ROWS.map(workbook))
_FILES = {kind: content for kind, content in SOUND.values() if kind not in MEDIA_TYPES.values()}
for _kind, _content in _FILES.items():
    schemathesis.openapi.media_type(_kind, st.just(_content) | st.binary())


@schemathesis.serializer(*MEDIA_TYPES.values(), *_FILES)
def serialized(context: schemathesis.SerializationContext, value: object) -> bytes:
    """Return a body as it goes over the wire, packed as its Content-Encoding says."""
    if isinstance(value, bytes):
        body = value
    elif isinstance(value, str) and context.case.media_type != MEDIA_TYPES["json"]:
        body = value.encode("utf-8", "surrogatepass")
    else:
        body = json.dumps(value, default=str).encode()
    headers = context.case.headers
    coding = headers.get("Content-Encoding") if headers else None
    return _PACKING[coding](body) if coding in _PACKING else body


@schemathesis.hook
def before_call(
    _context: schemathesis.HookContext, case: schemathesis.Case[Any], _kwargs: dict[str, Any]
) -> None:
    """Turn away what would revoke or rotate a key of the run itself."""
    if case.path_parameters and case.path_parameters.get("key_id") in _SPARED:
        case.path_parameters["key_id"] = "spared"
