"""A store for the time of one piece of work: empty at its beginning, gone at its end."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from duibiao.store.store import Store, file_of

_BESIDE = ("", "-wal", "-shm", "-journal")


@contextmanager
def scratch(url: str, schema: str) -> Iterator[Store]:
    """Open an empty store under the installation's `url`; it is removed at the end.

    What an earlier one of the same name left when it was killed is removed first.

    Raises:
        StoreError: the store cannot be used as it is set up.

    """
    path = file_of(url, schema)
    _remove(path)
    store = Store(url, schema)
    try:
        yield store
    finally:
        store.close()
        _remove(path)


def _remove(path: Path) -> None:
    for suffix in _BESIDE:
        path.with_name(path.name + suffix).unlink(missing_ok=True)
