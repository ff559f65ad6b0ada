"""Pages of orders: the lists and records, and the way of a file into them."""
