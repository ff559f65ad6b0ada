"""``python -m benchmarks.dedupe``; children cannot be started from a module of this name."""

from benchmarks.dedupe.running import main

main()
