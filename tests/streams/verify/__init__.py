"""Tests of the proofs: every attack refused for its own reason."""
