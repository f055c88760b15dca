"""Tests of the functions on text."""
