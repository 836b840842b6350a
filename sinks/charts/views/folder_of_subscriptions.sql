-- Not a chart: where ClickHouse keeps the table `subscriptions`: that of another one, exchanged with it, is another.
CREATE OR REPLACE VIEW folder_of_subscriptions AS
SELECT data_paths[1] AS folder
FROM system.tables
WHERE database = currentDatabase() AND name = 'subscriptions';
