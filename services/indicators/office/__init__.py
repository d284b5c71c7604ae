"""The board's pages for the daily work on a notice: what is owed when, and what waits for decision.

    dates       duties as a matrix, the calendar, and what changed between two days
    decisions   reviews and closings, waivers, doubts about the data
    forms       what the pages send: each form is the body of a route of the API

For people who have signed in. A page shows what the API tells its reader, and does nothing that the
API would not do for the same person.
"""
