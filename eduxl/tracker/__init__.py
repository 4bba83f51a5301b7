"""The tracker: the master workbook, its ledger, and what happens between them.

`tracker` is the edge; `state`, `rows`, `alerts`, `views` and `status` are pure; `author` writes the workbook.
"""
