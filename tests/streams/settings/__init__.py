"""Tests of streams/settings."""
