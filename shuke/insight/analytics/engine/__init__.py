"""The figures as Ibis expressions: portable over every warehouse engine, evaluated by whoever has one.

``tables`` is a function from a warehouse table's name to that table. No Django, no clock, no execution.
"""
