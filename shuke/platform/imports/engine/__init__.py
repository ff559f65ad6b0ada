"""Reading files of unknown make and staging them on disk. No Django, no OLTP database.

Runs in a process of its own, so that parsing never holds up the server and a hostile file can only kill the child.
"""
