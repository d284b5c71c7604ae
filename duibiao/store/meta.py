"""A small table of facts about the installation itself: name -> text."""

from sqlalchemy import Column, Connection, MetaData, String, Table, insert, select, update


class Meta:
    """The table `meta` of one service: installed_on, watch_from, register_version ..."""

    def __init__(self, metadata: MetaData) -> None:
        self.table = Table(
            "meta",
            metadata,
            Column("name", String, primary_key=True),
            Column("value", String, nullable=False),
        )

    def get(self, connection: Connection, name: str) -> str | None:
        """Return the value, None when it was never set."""
        row = connection.execute(select(self.table.c.value).where(self.table.c.name == name))
        return row.scalar_one_or_none()

    def set(self, tx: Connection, name: str, value: str) -> None:
        """Set the value, whatever it was."""
        changed = tx.execute(
            update(self.table).where(self.table.c.name == name).values(value=value)
        )
        if not changed.rowcount:
            tx.execute(insert(self.table).values(name=name, value=value))

    def once(self, tx: Connection, name: str, value: str) -> str:
        """Set the value unless there is one; return the one that stands."""
        standing = self.get(tx, name)
        if standing is None:
            self.set(tx, name, value)
            return value
        return standing
