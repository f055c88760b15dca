"""Tests of the readers of films."""
