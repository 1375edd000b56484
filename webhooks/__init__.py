"""
Who must be told: the floor above all others, so that it may look at everything and nothing depends on it.

Owns: endpoints, what they are told and each try to tell it; alerts on usage and wallets; logs of the API.
Does not own: what happened (core's activities), which is written whether or not anybody is told.
Invariants: it only reads from the floors below; a webhook is written once and sent as it was written.
"""
