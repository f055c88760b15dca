"""Tests of the readers of pictures."""
