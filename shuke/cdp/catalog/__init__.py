"""What the company sells.

Nouns: Product. A product is known by (shop, external id); its category is a path such as ``Skin care/Serum``.
"""
