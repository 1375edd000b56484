"""Asking for several overdue invoices at once."""
