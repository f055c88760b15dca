"""Tests of the functions on pictures."""
