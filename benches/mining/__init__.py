"""Cross-subject mining under attack."""
