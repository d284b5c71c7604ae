"""The repository of the use cases in SQL: tables, and one shelf per kind of thing kept in them."""
