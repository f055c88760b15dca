"""Tests of the text noises."""
