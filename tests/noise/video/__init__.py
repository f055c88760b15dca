"""Tests of the picture noises."""
