"""Pure functions on pictures: colour spaces, sizes, crops, turns."""
