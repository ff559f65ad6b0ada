"""Staff pages: connections and what they delivered."""
