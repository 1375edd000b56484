"""What plans, prices and periods come to, in plain Python: no Django, no database, no clock."""
