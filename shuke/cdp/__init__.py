"""WHAT WE KNOW: the event log, customers, catalogue, orders, and the warehouse that mirrors them."""
