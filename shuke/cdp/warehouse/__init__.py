"""The analytical mirror: a projection of the log and of other domains' rows, droppable and rebuildable.

Nouns: Table, Dataset, Load. Holds ids and derived traits only: no name, e-mail, phone, address or ip.
The loader writes its last log position in the same warehouse transaction as the rows it loaded, so each event is in
the warehouse exactly once, whenever the process dies.
"""
