"""What must agree between the files of a register."""

from collections.abc import Mapping

from duibiao.register.documents import Document
from duibiao.register.faults import Fault


def checked(documents: Mapping[str, Document]) -> tuple[Fault, ...]:
    """Return every disagreement."""
    del documents
    return ()


def checked_overlay(overlay: Document, documents: Mapping[str, Document]) -> tuple[Fault, ...]:
    """Return what an overlay may not do."""
    del overlay, documents
    return ()
