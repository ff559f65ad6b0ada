"""The staff web application: set-up, the team, the company, and the pages that join several domains.

One module per area of pages (``setup``, ``team``, ``profile`` …); changes to platform things are verbs in
``actions``. Nothing imports this package but the composition root and the command line.
"""
