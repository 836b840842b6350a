"""What a store itself kept of its notifications, for backfill: one file a store."""
