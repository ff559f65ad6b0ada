"""Staff pages of forecasts: what is expected, how good that has been, what is unusual, promotions, plans for peaks."""
