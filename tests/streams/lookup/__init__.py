"""Tests of the role lookup."""
