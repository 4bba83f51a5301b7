"""Returns: the files that come back from schools, from the folder they lie in to checked entries."""
