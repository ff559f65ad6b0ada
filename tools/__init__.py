"""Developer tools: contracts, translations, lock files. Not part of the product."""
