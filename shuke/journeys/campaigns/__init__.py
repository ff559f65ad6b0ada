"""One message to many at one time: whom, when, in which versions, and what it earned.

Nouns: Campaign, Member.
A member is in exactly one arm, by chance, from the moment the campaign begins; those held out are asked for nothing. Members are
asked for at most once each (the key names campaign and customer), so a process that dies in the middle goes on where it was.
A guarded campaign goes to 1 %, then 10 %, then everybody, and stops itself when people bounce, complain or unsubscribe more often
than chance explains. What it earned counts everybody who was to get it, reached or not, net of refunds.
"""
