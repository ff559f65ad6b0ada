"""The value pages: the heat-map, stages, movement between groups, trends, distribution, definitions."""
