"""Tests of the pure functions on arrays."""
