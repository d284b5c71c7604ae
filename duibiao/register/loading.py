"""From a folder of YAML files to a Register, or to every fault in them."""

from pathlib import Path

from duibiao.register.faults import Fault, RegisterError
from duibiao.register.values import Register

__all__ = ["RegisterError", "check", "default_folder", "load"]


def default_folder() -> Path:
    """Return the bundled register's folder, `notice/xa-2021-6` beside the package."""
    return Path(__file__).resolve().parents[2] / "notice" / "xa-2021-6"


def load(folder: Path, overlay: Path | None = None) -> Register:
    """Read a register; a local overlay is laid over it.

    Raises:
        RegisterError: the files do not make a register; it holds every fault.

    """
    raise NotImplementedError


def check(folder: Path, overlay: Path | None = None) -> tuple[Fault, ...]:
    """Return every fault of a register and its overlay at once; () when it is sound."""
    raise NotImplementedError
