"""A referee: the rules of the design worked out a second time, and a made-up year to compare with."""
