"""What we decide: who gets what, and when."""
