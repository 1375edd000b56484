"""What usage comes to once it is added up, in plain Python: no Django, no database, no clock."""
