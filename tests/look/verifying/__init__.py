"""Tests of the checks that `verify` makes, and of what puts right what they find."""
