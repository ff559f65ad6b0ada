"""The pages: overview, back-tests, trying out, rules, what is bought together."""
