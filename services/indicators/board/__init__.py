"""The board: pages that show the notice's targets, their figures and why they stand so.

Server-made HTML only, open without a key, in Chinese and English. It reads through
`data.BoardData` and the register, decides nothing and stores nothing.
"""
