"""Replay: the state made anew from the submissions, compared with the one that stands, put right.

scope       which tables are made anew, and which are carried on as they are
history     the submissions in their order: from the topic, and from ingest where it has lost some
rebuilding  the same rows settled again in tables of their own, and judged
comparing   what differs, row by row
run         all of it in order, and the one transaction that puts the new in place of the old
"""
