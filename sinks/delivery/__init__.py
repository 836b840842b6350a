"""Delivery: each event to each destination that takes it, in lanes that never wait for each other."""
