"""What to show whom: things to buy again, things to discover, what goes together, what is in demand.

Nouns: Run, CustomerList, ProductList, CrowdList, Combination, Feedback, Outcome.
A run looks at the warehouse as of a day, judges every method at past days it did not learn from, and writes finished lists.
Buying again and discovering are two products and never mixed. Lists are longer than what is shown, so that the company's
rules (stock, exclusions, margin, pinned) can be applied the moment somebody asks. Some customers are held out by chance and
see the fallback: what the lists earn is the difference, with its interval, or "not enough yet".
"""
