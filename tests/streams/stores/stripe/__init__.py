"""Tests of the store stripe, file by file."""
