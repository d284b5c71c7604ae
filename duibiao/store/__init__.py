"""State in a database: one store per service, one transaction per piece of work. No tables."""

from duibiao.store.compared_clock import ClockSkewed
from duibiao.store.errors import StoreError, StoreFull, StoreUnavailable, StoreUncertain
from duibiao.store.meta import Meta
from duibiao.store.schema import Schema, SchemaError
from duibiao.store.scratch import scratch
from duibiao.store.store import Store

__all__ = [
    "ClockSkewed",
    "Meta",
    "Schema",
    "SchemaError",
    "Store",
    "StoreError",
    "StoreFull",
    "StoreUnavailable",
    "StoreUncertain",
    "scratch",
]
