"""Where engines meet front ends: makes runs of scenarios, and opens the app on them."""
