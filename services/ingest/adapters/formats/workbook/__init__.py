"""Workbooks (.xlsx) as rows.

archive     the parts of the file, within limits, macros refused
sheet       which sheet is read, and what calamine does not say of it
cells       single cells as values
reading     headings, rows and the lines they stand in
writing     forms to be filled in
"""

from services.ingest.adapters.formats.workbook.sheet import FORM
from services.ingest.adapters.formats.workbook.writing import TITLES, write_form

__all__ = ["FORM", "TITLES", "write_form"]
