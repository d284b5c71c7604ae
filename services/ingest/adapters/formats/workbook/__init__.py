"""Workbooks (.xlsx) as rows.

archive     the parts of the file, within limits, macros refused
outline     what the sheet says of itself before anything is built from it
cells       single cells as values
reading     headings, rows and the lines they stand in
writing     forms to be filled in
"""

from services.ingest.adapters.formats.workbook.reading import FORM, read_workbook
from services.ingest.adapters.formats.workbook.writing import TITLES, write_form

__all__ = ["FORM", "TITLES", "read_workbook", "write_form"]
