"""Video noises, grouped by what they damage."""
