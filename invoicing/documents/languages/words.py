from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """
    Every text of an invoice, a credit note, a receipt and of their mails.

    What stands in braces is filled in, and may stand where it must.
    """

    invoice: str
    draft_invoice: str
    self_billed_invoice: str
    void: str
    draft: str
    number: str
    issued_on: str
    due_on: str
    order_number: str
    usage_to_date: str
    seller: str
    buyer: str
    tax_id: str  # {number}
    registration: str  # {number}
    due_by: str  # {amount} {day}
    nothing_due: str

    item: str
    units: str
    unit_price: str
    tax: str
    amount: str
    # How an amount came about.
    prorated: str  # {days} {period_days}
    range: str  # {first} {last}
    range_without_end: str  # {first}
    flat_fee: str
    free_units: str  # {units}
    free_events: str  # {events}
    rate_of_units: str  # {rate}
    fee_per_event: str
    adjustment: str
    packages: str  # {size}
    all_units: str

    subtotal: str
    discount: str  # {name}
    usage_billed_before: str
    total_without_tax: str
    tax_of: str  # {name} {rate} {base}
    total_with_tax: str
    credit_notes: str
    prepaid_credits: str
    total_due: str  # {currency}

    credit_note: str
    credit_note_number: str
    discounts: str
    put_on_credit: str  # {amount}
    paid_back: str  # {amount}
    taken_off: str  # {amount} {number}
    total_credited: str  # {currency}

    reverse_charge: str
    outside_tax: str
    untaxed: str
    payment: str
    pay_by: str  # {day} {number}
    pay_within: str  # {days} {day} {number}
    pay_at_once: str  # {number}

    mail_subject: str  # {seller} {number}
    mail_greeting: str  # {buyer}
    mail_attached: str  # {number} {amount} {day}
    mail_nothing_due: str  # {number}
    mail_note_subject: str  # {seller} {number}
    mail_note_attached: str  # {number} {amount} {invoice}
    mail_regards: str

    receipt: str
    receipt_number: str
    paid_on: str
    payment_reference: str
    payer: str
    paid_summary: str  # {amount} {day}
    paid_invoice: str
    paid_amount: str
    total_paid: str  # {currency}
    mail_receipt_subject: str  # {number} {seller}
    mail_receipt_attached: str  # {amount} {day}
    mail_overdue_subject: str  # {seller}
    mail_overdue: str  # {amount}
    mail_overdue_line: str  # {number} {amount} {day}
