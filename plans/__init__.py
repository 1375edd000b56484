"""
At what price, since when: what is sold and who has bought it.

Owns: plans, their charges, thresholds and entitlements, subscriptions, billing periods, the pricing of usage.
Does not own: units (metering), invoices and what was billed (invoicing).
Invariants: one active subscription for each external id; a plan in use is never edited under its subscribers' past
invoices, which keep their copies; `billing_at` of an active subscription is the instant at which something is due next.
"""
