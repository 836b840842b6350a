"""How the service is brought up, tried and tested: everything but the service itself."""
