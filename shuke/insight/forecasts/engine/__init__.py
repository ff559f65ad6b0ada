"""The arithmetic of forecasts, for many series at once: one row of an array is one series. No Django, no clock."""
