"""Pure functions on arrays and strings that tasks and noises share."""
