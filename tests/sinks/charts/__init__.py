"""Tests of the charts: real ClickHouse, an oracle of its own, histories made up and told in any order."""
