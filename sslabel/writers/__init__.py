"""Shard writers: one file is one format."""
