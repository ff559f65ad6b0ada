"""The quality pages: ``duplicates`` decide who is who, ``overview`` shows what is wrong where, ``fixing`` mends it."""
