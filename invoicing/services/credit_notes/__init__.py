"""Credit notes: made when asked for, made by billing itself, and what becomes of them."""
