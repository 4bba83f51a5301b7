"""Where everything of a master stands, what it says and how wide it is, as data. Pure, and light to import.

Two sinks read it: `author` writes a new workbook, `patch` brings an existing one up to date.
"""
