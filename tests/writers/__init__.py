"""Tests of the shard writers."""
