"""How to reach the Kafka cluster: what every client of it is made from."""

from dataclasses import dataclass

from streams.settings.secret import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaSettings:
    """`bootstrap`: host:port, several by commas. `security`: PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL.

    `mechanism`, `username`, `password`: with SASL. `ca_file`: PEM of who signed the brokers'
    certificates; None: the system's own list.
    """

    bootstrap: str
    security: str = "PLAINTEXT"
    mechanism: str | None = None
    username: str | None = None
    password: Secret | None = None
    ca_file: str | None = None
