"""Audiences out: who is in a segment, told to advertisers and other systems, and who is in it no longer.

A destination takes one segment in one layout, as files or as calls to a webhook. What the other side holds is remembered
line by line, so that the next run tells only what changed, and that somebody who withdrew, left or was erased is taken out
there too. Permission is looked at in every run, address by address, and what is not permitted does not go.
"""
