"""The fast linear core: hashed character n-grams, straight from Arrow's bytes, and one table of small weights."""
