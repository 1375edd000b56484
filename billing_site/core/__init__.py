"""
The ground: what every floor stands on.

Owns: the organization, API keys, the activity log and its dispatch, counters, mails in the outbox, money, periods,
errors, rehearsal, kept answers, limits of requests, seals, the shared parts of the API and of the staff pages.
Does not own: any noun of billing.
Invariants: an activity is written in the transaction of what it tells, and never changed; a counter only grows, in the
transaction that uses its number; nothing here imports a floor above.
"""
