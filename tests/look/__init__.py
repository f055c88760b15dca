"""Tests of all that reads shards back."""
