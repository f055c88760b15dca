"""Noises: what they damage is an input, and the label stays. One function is one noise."""
