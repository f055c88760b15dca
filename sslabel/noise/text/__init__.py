"""Text noises, grouped by what they damage."""
