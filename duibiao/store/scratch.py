"""A store for the time of one piece of work: empty at its beginning, gone at its end."""

from collections.abc import Iterator
from contextlib import contextmanager

from duibiao.store.errors import StoreError
from duibiao.store.store import Store


@contextmanager
def scratch(beside: Store, schema: str) -> Iterator[Store]:
    """Open an empty store where another one is; it is removed at the end.

    What an earlier one of the same name left when it was killed is removed first.

    Raises:
        StoreError: another process is at the same work, or as for any store.
        StoreUnavailable: as for any store.

    """
    with beside.claim(schema) as ours:
        if not ours:
            raise StoreError(
                f"另一个进程正在使用 {schema}。Another process is using {schema}: let it end."
            )
        beside.another(schema).remove()
        store = beside.another(schema)
        try:
            store.create_schema()
            yield store
        finally:
            store.remove()
