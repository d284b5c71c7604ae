"""Workbooks (.xlsx) as rows.

archive     the parts of the file, within limits, macros refused
outline     what the sheet says of itself before anything is built from it
cells       single cells as values
reading     headings, rows and the lines they stand in
"""

from services.ingest.adapters.formats.workbook.reading import FORM, read_workbook

__all__ = ["FORM", "read_workbook"]
