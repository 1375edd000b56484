"""
Who must be told: the floor above all others, so that it may look at everything and nothing depends on it.

Owns: nothing yet; endpoints, deliveries and alerts will live here.
Does not own: what happened (core's activities), which is written whether or not anybody is told.
Invariants: it only reads from the floors below.
"""
