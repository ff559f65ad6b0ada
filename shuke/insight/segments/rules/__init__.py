"""The rule language: what can be asked about a customer. Pure: no database, no clock, no Django."""
