"""Tests of sslabel; their folders are those of the package."""
