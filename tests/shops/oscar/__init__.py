"""A django-oscar shop as a company would run it: its own process, settings and database.

``telling`` is all it has to do with Shuke: what such a shop's developers would write to connect it. The other folders
fill what oscar leaves to every shop: taxes, shipping charges and taking money.
"""
