"""Django plumbing that every domain stands on: staff, company, audit, jobs, crypto, http, ui, manifest."""
