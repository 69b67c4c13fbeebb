"""Benchmarks of the year: the engine, the same year as plain Mesa objects, NumPy, the floor."""
