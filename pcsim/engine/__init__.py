"""What runs a scenario: on threads by the machine's clock, or in virtual time on one thread."""
