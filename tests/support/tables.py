"""Tables of a test's own, in a store: those of the services come by their revisions."""

from sqlalchemy import MetaData

from duibiao.store import Store


def make(store: Store, metadata: MetaData) -> None:
    """Make what is missing."""
    store.create_schema()
    with store.begin() as tx:
        metadata.create_all(tx)
