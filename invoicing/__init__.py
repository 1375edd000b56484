"""
What is due: from usage and agreements to invoices that are final, mailed and explained.

Owns: billed periods, fees, invoices and what reduced and paid them, the billing run, the journal, documents.
Does not own: units, prices, discounts' terms (it copies them onto what it makes).
Invariants: no two billed periods of a (subscription, kind) overlap; an invoice has a number exactly when it is final or
void, and is frozen after; fees - thresholds billed - coupons + taxes - credit notes - prepaid credits = total, in minor
units; numbers of a series have no gap; each fact about money is in the journal.
"""
