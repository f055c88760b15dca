"""Measurements and pictures: `python -m benchmarks NAME`."""
