"""What an invoice comes to and when it is due, in plain Python: no Django, no database, no clock."""
