"""From a folder of YAML files to a Register, or to every fault in them.

Owns the reading of the files and the name of their content (the version). Files are read once, so
that what was checked is what is loaded.
"""

import hashlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from duibiao.register.building import build
from duibiao.register.checks import checked, checked_overlay
from duibiao.register.declared import read
from duibiao.register.documents import Document, read_document
from duibiao.register.faults import Fault, RegisterError
from duibiao.register.files import FILES, PARTS, Files, OverlayFile
from duibiao.register.register import Register

_VERSION_DIGITS = 12


@dataclass(frozen=True, slots=True)
class _Part:
    document: Document
    value: Any
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class _Read:
    values: Mapping[str, Any]
    digest: str
    faults: tuple[Fault, ...]


def default_folder() -> Path:
    """Return the bundled register's folder: the only one in `notice/` of the checkout or image.

    Raises:
        RegisterError: there is none, or more than one.

    """
    homes = (Path(__file__).resolve().parents[2], Path(sys.prefix))
    found = [file.parent for home in homes for file in sorted(home.glob("notice/*/notice.yaml"))]
    if len(found) == 1:
        return found[0]
    fault = Fault(
        "notice.yaml",
        1,
        f"{len(found)} registers are bundled; DUIBIAO_REGISTER must name a folder",
        f"内置登记册有 {len(found)} 套，请用 DUIBIAO_REGISTER 指定文件夹",
    )
    raise RegisterError([fault])


def load(folder: Path, overlay: Path | None = None) -> Register:
    """Read a register; a local overlay is laid over it.

    Raises:
        RegisterError: the files do not make a register; it holds every fault.

    """
    found = _read(folder, overlay)
    if found.faults:
        raise RegisterError(found.faults)
    decisions = found.values["overlay"].thresholds if overlay is not None else ()
    files = Files(**{part: found.values[part] for part in PARTS})
    return build(files, decisions, found.digest)


def check(folder: Path, overlay: Path | None = None) -> tuple[Fault, ...]:
    """Return every fault of a register and its overlay at once; () when it is sound."""
    return _read(folder, overlay).faults


def _read(folder: Path, overlay: Path | None) -> _Read:
    digest = hashlib.sha256()
    parts = {part: _part(part, folder / f"{part}.yaml", digest) for part in PARTS}
    documents = {part: read.document for part, read in parts.items()}
    faults = [*_strangers(folder, overlay), *checked(documents)]
    if overlay is not None:
        parts["overlay"] = _part("overlay", overlay, digest)
        faults += checked_overlay(parts["overlay"].document, documents)
    faults = [*(fault for read in parts.values() for fault in read.faults), *faults]
    order = [f"{part}.yaml" for part in PARTS]
    faults.sort(key=lambda f: (order.index(f.file) if f.file in order else len(order), f.line))
    values = {part: read.value for part, read in parts.items()}
    return _Read(values, digest.hexdigest()[:_VERSION_DIGITS], tuple(dict.fromkeys(faults)))


def _strangers(folder: Path, overlay: Path | None) -> list[Fault]:
    known = {f"{part}.yaml" for part in PARTS}
    if overlay is not None and overlay.resolve().parent == folder.resolve():
        known.add(overlay.name)
    found = sorted(
        path.name
        for path in (folder.iterdir() if folder.is_dir() else ())
        if path.suffix in (".yaml", ".yml") and path.name not in known
    )
    return [
        Fault(
            name,
            1,
            "no file of a register, nor the overlay given",
            "既不是登记册的文件，也不是所给的本地文件",
        )
        for name in found
    ]


def _part(part: str, path: Path, digest: "hashlib._Hash") -> _Part:
    try:
        content = path.read_bytes()
    except OSError as error:
        said = error.strerror or "unreadable"
        fault = Fault(path.name, 1, f"cannot be read: {said}", f"无法读取：{said}")
        return _Part(Document(path.name, None, {}), None, (fault,))
    digest.update(f"{part} {len(content)}\n".encode() + content)
    return _content(part, path.name, content)


@lru_cache(maxsize=64)
def _content(part: str, name: str, content: bytes) -> _Part:
    # Cached by content: three services of one process read the same files within a second.
    document, faults = read_document(name, content)
    if faults and document.data is None:
        return _Part(document, None, faults)  # not YAML, so there are no values to check
    value, found = read(FILES.get(part, OverlayFile), document)
    return _Part(document, value, (*faults, *found))
