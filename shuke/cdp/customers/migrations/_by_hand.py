"""What models cannot say: consent records are evidence, and the database keeps anybody from touching them.

Only the sealed evidence may be emptied (erasure) or sealed anew, and the blind index follows its key.
"""

from shuke.platform.db.append_only import AppendOnly

OPERATIONS = [AppendOnly("ConsentRecord", may_change=("evidence", "address_index", "index_key"))]
