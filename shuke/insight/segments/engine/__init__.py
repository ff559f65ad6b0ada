"""Turning rules into questions to the warehouse. Pure: builds expressions, runs nothing."""
