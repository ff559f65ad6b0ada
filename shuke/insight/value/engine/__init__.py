"""The scores as expressions over the warehouse, computed for all customers at once."""
