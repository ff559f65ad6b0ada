"""How much is taken at once."""

MAX_BODY_BYTES = 4 * 1024 * 1024
# What a compressed body may unpack to: a zip bomb stops here.
MAX_UNPACKED_BYTES = 5 * 1024 * 1024
MAX_EVENT_BYTES = 32 * 1024
MAX_DEPTH = 24
MAX_NAME_CHARS = 80
MAX_ID_CHARS = 200
MAX_MESSAGE_ID_CHARS = 256
MAX_DIGITS = 100
# Distinct names of events remembered for one source; anybody who reads a public key could invent more.
MAX_NAMES_PER_SOURCE = 1_000
