"""Tests of streams.kafka."""
