"""Readers of films."""
