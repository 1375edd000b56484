"""
How much: what is measured, what happened, and how many units that makes.

Owns: billable metrics and their filters, events, usage.
Does not own: subscriptions (an event names one by its external id, known or not), prices.
Invariants: an event is stored once for ever by (subscription, transaction id); what was acknowledged is committed;
`selectors.usage` is the one door through which units are read.
"""
