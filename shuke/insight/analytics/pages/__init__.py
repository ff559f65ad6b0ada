"""The report pages: each reads what is asked, asks the queries, and lays the figures out."""
