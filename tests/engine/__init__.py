"""Tests of the engine, and what tests share: drawing photographs and running the tool."""
