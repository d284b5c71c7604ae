"""Replay: the state rebuilt from the submissions, compared with the one that stands, swapped in.

history     the submissions in their order: from the topic, and from ingest where it has lost some
rebuild     the same rows settled again in tables of their own, and judged
compare     what differs, row by row
run         all of it in order, and the one transaction that puts the new in place of the old
"""
