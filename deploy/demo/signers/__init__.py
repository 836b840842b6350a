"""The stores' side of the trust: throw-away keys that sign as each store signs, for demo and tests."""
