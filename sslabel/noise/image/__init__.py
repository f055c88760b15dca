"""Picture noises, grouped by what they damage."""
