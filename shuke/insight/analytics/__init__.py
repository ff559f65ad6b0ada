"""Reports: what was sold, to whom, where and when, and how it compares.

Nouns: Period, Scope (a period and perhaps a shop), Figures, Cohort.

* Every figure is an Ibis expression over the warehouse, computed as a set; nothing here reads the OLTP database.
* Money is added in the company's currency only; amounts without a rate stand beside it, by currency.
* Cancelled orders are no sales. Net is gross less refunds plus adjustments, each on its own day.
"""
