"""Mirrors the packages file by file; e2e, faults and bench beside them."""
