"""
Who: sellers, buyers, and what both agree on.

Owns: billing entities (the company's legal persons), customers and their metadata, taxes, payment providers and
methods, campaigns of reminders, texts that invoices print.
Does not own: what customers use, are subscribed to, or owe.
Invariants: exactly one billing entity is the default; an external id names one live customer; a slug is never reused;
money rows point here, so nothing is deleted, only marked.
"""
