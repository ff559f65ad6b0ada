"""The engines behind the warehouse: one protocol, DuckDB in the process by default, Spark over Parquet at scale.

Analysis is written once, as Ibis expressions; an engine compiles them to its own SQL and runs that itself.
"""
