"""Tests of the noises."""
