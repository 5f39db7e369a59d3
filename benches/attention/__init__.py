"""What attention in an encoder is worth, where windows are long, spliced or noisy."""
