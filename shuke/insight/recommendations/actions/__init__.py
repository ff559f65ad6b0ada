"""Learning, serving's bookkeeping, and the company's rules."""
