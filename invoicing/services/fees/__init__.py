"""How a line of an invoice comes to be: one file for each kind of fee. In memory only, nothing is written here."""

from invoicing.services.fees.drafts import FeeDraft

__all__ = ["FeeDraft"]
