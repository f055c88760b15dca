"""Tests of the text tasks."""
