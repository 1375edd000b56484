"""
What is due: from usage and agreements to invoices that are final, mailed and explained.

Owns: billed periods, fees, invoices and what reduced them, the billing run, documents.
Does not own: units, prices, discounts' terms (it copies them onto what it makes).
Invariants: no two billed periods of a (subscription, kind) overlap; an invoice has a number exactly when it is final or
void, and is never changed after; fees - coupons + taxes = total, in minor units; numbers of a series have no gap.
"""
