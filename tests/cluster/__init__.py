"""The warehouse on a real Spark standalone cluster: one master and two workers on the loopback."""
