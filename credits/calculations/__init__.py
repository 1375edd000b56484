"""What coupons take off, in plain Python: no Django, no database, no clock."""
