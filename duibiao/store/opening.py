"""Which store an installation has, as its settings name it."""

import math

from duibiao.core.clock import Clock
from duibiao.core.settings import Settings
from duibiao.store.errors import StoreError
from duibiao.store.meta import Meta
from duibiao.store.store import Store, file_of, is_postgres


def open_store(settings: Settings, schema: str, clock: Clock | None = None) -> Store:
    """Return the store of a schema, its tables not yet made.

    `clock` is that by which what is written is judged or sent; it is compared with the database's.

    Raises:
        StoreError: it cannot be used as it is set up.
        StoreUnavailable: nobody answers there.

    """
    return Store(
        settings.database_url,
        schema,
        password_file=settings.database_password_file,
        clock=clock,
        tolerance=math.inf if clock is None else settings.max_clock_skew,
    )


def keep_to_notice(store: Store, meta: Meta, code: str) -> None:
    """Note the notice that an installation watches, at its first start.

    Raises:
        StoreError: it watches another one.

    """
    kept = store.retry(lambda tx: meta.once(tx, "notice", code))
    if kept != code:
        raise StoreError(
            f"此处已存有通知“{kept}”的数据，不能改用“{code}”。请在另一文件夹中启动，"
            "或将 DUIBIAO_DATABASE_URL 和 DUIBIAO_STATE_FOLDER 指向别处。"
            f"This store holds the notice {kept}, not {code}. Start in another folder, or set "
            "DUIBIAO_DATABASE_URL and DUIBIAO_STATE_FOLDER to another place."
        )


def is_there(settings: Settings, schema: str) -> bool:
    """Whether the store of a schema has ever been made.

    Raises:
        StoreError, StoreUnavailable: as `open_store`.

    """
    if not is_postgres(settings.database_url):
        return file_of(settings.database_url, schema).exists()
    store = open_store(settings, schema)
    try:
        with store.read() as connection:
            found = connection.exec_driver_sql(
                "SELECT to_regnamespace(current_setting('search_path'))"
            )
            return found.scalar_one() is not None
    finally:
        store.close()
