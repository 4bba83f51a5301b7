"""What a clerk does to a master, and that it is still there after merges."""
