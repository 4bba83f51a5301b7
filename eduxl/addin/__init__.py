"""The buttons in the workbook and on the ribbon: what VBA starts, and how the add-in gets onto a computer.

Importing this imports nothing heavy and works where no Excel is. docs/addin.md has the contract with VBA.
"""
