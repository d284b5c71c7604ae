"""`tests.support.indicators` under its former name."""

from tests.support.indicators import Indicators as Court
from tests.support.indicators import the_workdays, told

__all__ = ["Court", "the_workdays", "told"]
