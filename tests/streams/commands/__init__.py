"""Tests of streams/commands."""
