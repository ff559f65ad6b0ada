"""Pages of messages: for staff, and for the people who get them."""
