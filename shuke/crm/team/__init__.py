"""The work of people: who is about to leave and who looks after them, whom to call today and why, and what that earned.

Nouns: Crossing, Look, Responsible, Entry, Capacity, Script.
A crossing says since when somebody has been over the line, and rests on a prediction or, where there is none, on how long
ago they bought; never on nothing. An entry of the daily list names reasons that hold when they are computed again from the
facts. Of those who could be called some are held out by chance before anybody sees the list; nobody is listed twice within
the days of rest. Whoever may not be called is not listed, and what is not known counts against calling.
"""
