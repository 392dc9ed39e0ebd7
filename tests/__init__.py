"""The promises that pcsim makes, each a test."""
