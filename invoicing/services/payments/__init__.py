"""Money that comes in: payments, what they pay, and the receipts for them."""
