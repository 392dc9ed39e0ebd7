"""Many runs of one scenario, or one run on either engine, and what was measured."""
