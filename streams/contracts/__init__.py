"""The words that every stage shares: records, identifiers, errors. No I/O, no store, no clock."""
