"""Columns that are not the same on every database."""

from typing import Final

from sqlalchemy import BigInteger, Integer

# 64 bits with a sign: what SQLite calls INTEGER, which alone it counts on by itself.
LONG: Final = BigInteger().with_variant(Integer(), "sqlite")
