"""What taxes come to, in plain Python: no Django, no database, no clock."""
