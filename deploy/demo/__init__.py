"""A small business and its stores, played: what deploy/up shows to a newcomer and the e2e tests check."""
