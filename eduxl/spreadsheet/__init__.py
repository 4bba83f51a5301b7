"""The bytes of any spreadsheet → grids of cells, within bounds. Knows file formats, nothing about plans or returns."""
