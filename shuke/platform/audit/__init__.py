"""The record of every change that staff made. Rows are added, never changed; they hold no personal data in clear.

Noun: AuditEntry.
"""
