"""Workbooks (.xlsx): as rows, and forms to be filled in."""
