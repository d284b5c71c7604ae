"""A small table of facts about the installation itself: name -> text."""

import sqlalchemy as sa


class Meta:
    """The table `meta` of one service: installed_on, watch_from, register_version ..."""

    def __init__(self, metadata: sa.MetaData) -> None:
        self.table = sa.Table(
            "meta",
            metadata,
            sa.Column("name", sa.String, primary_key=True),
            sa.Column("value", sa.String, nullable=False),
        )
        # Built once: building them costs more than running them.
        of_name = self.table.c.name == sa.bindparam("of_name")
        self._get = sa.select(self.table.c.value).where(of_name)
        self._set = sa.update(self.table).where(of_name).values(value=sa.bindparam("new"))

    def get(self, connection: sa.Connection, name: str) -> str | None:
        """Return the value, None when it was never set."""
        return connection.execute(self._get, {"of_name": name}).scalar_one_or_none()

    def set(self, tx: sa.Connection, name: str, value: str) -> None:
        """Set the value, whatever it was."""
        if not tx.execute(self._set, {"of_name": name, "new": value}).rowcount:
            tx.execute(sa.insert(self.table).values(name=name, value=value))

    def once(self, tx: sa.Connection, name: str, value: str) -> str:
        """Set the value unless there is one; return the one that stands."""
        standing = self.get(tx, name)
        if standing is None:
            self.set(tx, name, value)
            return value
        return standing
