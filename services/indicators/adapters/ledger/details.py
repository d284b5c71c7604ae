"""The parts of a case that no query asks for, in one column: pauses, extension, labels."""

from typing import Final

import msgspec

from services.indicators.domain.submission import CaseContent, Extension, Pause


class _Details(msgspec.Struct, array_like=True):
    pauses: tuple[Pause, ...] = ()
    extension: Extension | None = None
    labels: tuple[tuple[str, str], ...] = ()


Unpacked = tuple[tuple[Pause, ...], Extension | None, tuple[tuple[str, str], ...]]

_NOTHING: Final[Unpacked] = ((), None, ())
_encoder: Final = msgspec.json.Encoder()
_decoder: Final = msgspec.json.Decoder(_Details)


def pack(content: CaseContent) -> str | None:
    """Return the details as text, None where the case has none."""
    if not (content.pauses or content.extension or content.labels):
        return None
    found = _Details(content.pauses, content.extension, content.labels)
    return _encoder.encode(found).decode()


def unpack(text: str | None) -> Unpacked:
    """Return pauses, extension and labels."""
    if text is None:
        return _NOTHING
    found = _decoder.decode(text)
    return found.pauses, found.extension, found.labels
