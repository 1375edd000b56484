"""
What is granted or prepaid: everything that makes an invoice smaller before it is paid.

Owns: coupons and the coupons that customers have.
Does not own: the amounts taken off an invoice (invoicing keeps those with the invoice).
Invariants: a coupon once applied is never taken twice by one invoice; what remains of a fixed amount is proved by the
credits that used it.
"""
