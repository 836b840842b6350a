"""The schemes by which a store proves that it sent a message. Pure: keys, secrets and times come in."""
