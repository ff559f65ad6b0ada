"""What Shuke works out about customers and writes beside their attributes and tags.

Nouns: Trait (how a computed attribute is worked out), AutomaticTag (a tag that follows a segment).

Invariants: a trait is one question to the warehouse, whatever the number of customers; only what changed is written.
An automatic tag is on exactly the members of its segment, as last worked out; looking for the first time announces
nothing.
"""
