"""What people may ask of a company about their data, and how long it is kept.

Nouns: PrivacyRequest, Archive, Certificate, RetentionPolicy (settings).
Invariants: nothing is shown to or erased for somebody whose identity nobody has checked; an erasure is finished in
every store or goes on after a crash; it leaves a certificate without a name on it, and survives a restore of an older
backup; an archive opens once, within its hours.
"""
