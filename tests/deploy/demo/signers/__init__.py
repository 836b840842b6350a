"""The demo's signers, judged by the vendors' own libraries."""
