"""What is said: templates of messages for every channel, in every language, with what they are made of.

Nouns: Template, Version, Text, Snippet, BrandKit, Picture.
A version is never changed: whoever writes makes a new one, and going back to an old one makes a new one like it. What is
published was compiled then (its blocks, snippets and brand stand in it), so the same version says the same for ever. A
version with an error found by the checks is not published, and a transactional one only by a second person. Rendering has
limits of loops, size and time, and answers with what is missing instead of leaving a hole in a sentence.
"""
