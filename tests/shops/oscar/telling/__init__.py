"""What connects the shop to Shuke: a row per message, written with what it tells of, sent again until it is taken."""
