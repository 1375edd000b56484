"""The way out: HTTP to addresses that others chose."""
