"""`size` a scenario: the cheapest variant that meets limits, found in few simulations."""
