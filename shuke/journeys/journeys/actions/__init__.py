"""What is done with journeys, and what journeys do."""
