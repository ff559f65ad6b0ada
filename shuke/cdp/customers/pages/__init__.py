"""The pages of customers that need no other domain; the list and the page of one customer live in ``shuke.web``."""
