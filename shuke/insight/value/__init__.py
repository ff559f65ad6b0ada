"""What customers are worth: RFM scores and groups, lifecycle stages, and their history.

Nouns: Standing, StandingInterval, Computation, Group, Stage.
Everything is computed as a set in the warehouse, as of a day; a copy of the present standing is kept beside the
customers for lists and pages. A customer without a sale is a prospect and outside the grid. Equal values always share
a score.
"""
