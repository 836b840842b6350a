"""Tests of streams/observe."""
