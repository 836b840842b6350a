"""Tests of the fold, without any ClickHouse."""
