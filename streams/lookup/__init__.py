"""The one role that asks the outside: issuers for their published keys, stores for the truth."""
