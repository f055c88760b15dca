"""Pure functions on clips: which frames, whether they move, where scenes change."""
