"""Benchmarks: run by hand, each compares with a named alternative in the same run and prints a table."""
