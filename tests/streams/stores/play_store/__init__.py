"""Tests of the store play_store, file by file."""
