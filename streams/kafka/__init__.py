"""How every process talks to Kafka: producer, consumer, follower, delay, topics, lag, skip."""
