"""Programs that know nothing of pcsim: watched, recorded, and what would change them predicted."""
