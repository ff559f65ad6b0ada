"""What comes from outside, through every door there is."""
