"""Benchmarks: a whole scan beside the least that any client needs for the same requests. They do not ship."""
