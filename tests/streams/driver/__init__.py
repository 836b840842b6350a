"""Tests of the driver's parts; tests/faults tries it as a whole, under faults."""
