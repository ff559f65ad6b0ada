"""What a company wants to know of its customers beyond what every shop knows.

Nouns: Attribute (a definition: code, kind, limits, whose word counts), Statement (what one source last said of one
customer), Change (how the value in force came to be what it is).

Invariants: the value in force follows from the statements and the order of sources alone, so a changed order can be
judged anew. A statement never gives way to an older one of the same source. Whatever arrives without having been
declared is kept, sealed, until somebody says what it is. Personal values never leave sealed columns.
"""
