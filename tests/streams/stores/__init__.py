"""Tests of the stores: one conformance suite for all, then each store's own."""
