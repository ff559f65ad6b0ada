"""Staff pages of predictions: all of them at a glance, and a back-test page each."""
