"""What staff do with campaigns, and how they go on by themselves."""
