"""State in a database: one store per service, one transaction per piece of work. No tables."""

from duibiao.store.compared_clock import ClockSkewed as ClockSkewed
from duibiao.store.errors import StoreError as StoreError
from duibiao.store.errors import StoreFull as StoreFull
from duibiao.store.errors import StoreUnavailable as StoreUnavailable
from duibiao.store.errors import StoreUncertain as StoreUncertain
from duibiao.store.meta import Meta as Meta
from duibiao.store.schema import Schema as Schema
from duibiao.store.schema import SchemaError as SchemaError
from duibiao.store.scratch import scratch as scratch
from duibiao.store.store import Store as Store
