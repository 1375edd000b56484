"""
What is granted or prepaid: everything that makes an invoice smaller before it is paid.

Owns: coupons and the coupons that customers have; wallets, their entries and the rules that fill them.
Does not own: the amounts taken off an invoice (invoicing keeps those with the invoice), credit notes.
Invariants: a coupon once applied is never taken twice by one invoice; what remains of a fixed amount is proved by the
credits that used it; a wallet's balance is the sum of its settled entries, which nothing changes.
"""
