"""What customers will probably do: worth of the next year, risk of leaving, next order, habits; each with its back-test.

Nouns: Run, Report, Score, DueItem.
A run looks at the warehouse as of a day, measures every prediction at past days it did not learn from, and scores all
customers with one version. What the data cannot carry is refused, with the reason; nothing is shown as a silent zero.
Figures are learned in a child process, from Arrow files, and kept as plain JSON: nothing is ever unpickled.
"""
