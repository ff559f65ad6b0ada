"""The one company of this installation, its shops, and the settings its people may edit.

Nouns: Company, Shop, Setting. There is always exactly one Company row once Shuke is set up.
"""
