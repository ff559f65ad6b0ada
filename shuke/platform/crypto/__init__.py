"""Sealing personal data at rest, and finding it again without opening it.

Values are sealed with AES-256-GCM; exact search goes through keyed blind indexes (HMAC-SHA256). Keys are files in
``SHUKE_HOME/keys``: outside the database, and outside backups unless asked for.
"""
