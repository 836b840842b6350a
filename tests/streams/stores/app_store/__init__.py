"""Tests of the store app_store, file by file."""
