"""Pure functions on text: words, sentences, graphemes."""
