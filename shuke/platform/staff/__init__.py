"""The people who work with Shuke: accounts, roles, permissions, and the actor behind every change.

Nouns: Staff, Role, Permission, Actor, ApiKey. A permission that no manifest declares does not exist; a role has exactly the
permissions that manifests give it.
"""
