"""What the proof of the books looks for on this floor."""

# By table, the triggers that must stand.
TRIGGERS = (("webhooks_webhook", "webhooks_webhook_kept"),)
