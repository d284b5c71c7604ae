"""A small table of facts about the installation itself: name -> text."""

from sqlalchemy import (
    Column,
    Connection,
    MetaData,
    String,
    Table,
    bindparam,
    insert,
    select,
    update,
)


class Meta:
    """The table `meta` of one service: installed_on, watch_from, register_version ..."""

    def __init__(self, metadata: MetaData) -> None:
        self.table = Table(
            "meta",
            metadata,
            Column("name", String, primary_key=True),
            Column("value", String, nullable=False),
        )
        # Built once: building them costs more than running them.
        of_name = self.table.c.name == bindparam("of_name")
        self._get = select(self.table.c.value).where(of_name)
        self._set = update(self.table).where(of_name).values(value=bindparam("new"))

    def get(self, connection: Connection, name: str) -> str | None:
        """Return the value, None when it was never set."""
        return connection.execute(self._get, {"of_name": name}).scalar_one_or_none()

    def set(self, tx: Connection, name: str, value: str) -> None:
        """Set the value, whatever it was."""
        if not tx.execute(self._set, {"of_name": name, "new": value}).rowcount:
            tx.execute(insert(self.table).values(name=name, value=value))

    def once(self, tx: Connection, name: str, value: str) -> str:
        """Set the value unless there is one; return the one that stands."""
        standing = self.get(tx, name)
        if standing is None:
            self.set(tx, name, value)
            return value
        return standing
