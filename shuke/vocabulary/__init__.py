"""The published language: every event type as a frozen dataclass, one file per domain."""
