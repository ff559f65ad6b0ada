"""What the house tells its staff: in the application, by e-mail, and in the chat groups a company works in.

Nouns: Notice, Target, Outgoing, MailServer.
A notice is a message id with facts, worded in each reader's language. It is told to a person at most once per dedupe
key, only to those who may see what it is about, and by the ways they chose. What leaves the house waits in ``Outgoing``,
sealed, and is sent by a job, with retries; what could not be sent is counted and shown. Notices hold no personal data of
customers: they count, and lead to a page.
"""
