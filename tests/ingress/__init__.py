"""Tests of ingress."""
