from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """
    Every text of the portal and of the mail that brings a link to it.

    What stands in braces is filled in, and may stand where it must.
    """

    # The frame of every page.
    skip: str
    menu: str
    leave: str
    back: str
    seen_as_staff: str  # before the customer's name
    pages: str
    newer: str
    older: str
    actions: str
    said: Mapping[str, str]  # by what was done
    ended: str
    ended_help: str
    not_found: str
    too_many: str
    not_done: str
    refusals: Mapping[str, str]  # by the code of an error
    going: str
    going_help: str
    go_on: str

    # The pages.
    overview: str
    usage: str
    invoices: str
    receipts_and_notes: str
    payment_methods: str
    credits: str
    plans: str
    your_details: str

    # What is owed, invoices and their documents.
    greeting: str  # before the customer's name
    amount_due: str
    nothing: str
    all_paid: str
    of_it_overdue: str  # before an amount
    nothing_overdue: str
    pay_overdue: str
    pay_now: str
    pay: str  # before an amount
    next_invoice: str
    estimated_on: str  # {day}
    latest_invoices: str
    all_of_them: str
    no_invoices: str
    invoice: str
    number: str
    issued: str
    issued_on: str  # before a day
    state: str
    total: str
    still_due: str  # before an amount
    paid: str
    void: str
    due_on: str  # {day}
    overdue_since: str  # {day}
    download_pdf: str
    lines: str
    what: str
    units: str
    unit_price: str
    amount: str
    how_to_pay: str
    receipts: str
    no_receipts: str
    paid_on: str
    credit_notes: str
    no_credit_notes: str
    left_to_use: str  # {amount}

    # Usage.
    usage_this_period: str
    before_taxes: str
    cost_by_day: str
    cost_summary: str  # {first} {last} {total} {most}
    units_summary: str  # {name} {first} {last} {most}
    no_cost_yet: str
    as_table: str
    by_charge: str
    units_by_day: str
    day: str
    no_usage: str
    past_usage: str
    no_past_usage: str
    to_the_invoice: str

    # Payment methods.
    add_method: str
    card: str
    default: str
    default_help: str
    make_default: str
    expires: str  # before a month
    stored_on: str  # before a day
    remove: str
    remove_sure: str
    remove_yes: str
    no_methods: str
    no_provider: str

    # Prepaid credits.
    credits_of: str  # {credits} {price}
    until: str  # {day}
    after_usage: str  # before an amount
    buy_for: str
    buy: str
    wrong_amount: str
    at_least: str  # {amount}
    at_most: str  # {amount}
    history: str
    no_credits: str
    waits_for_payment: str
    failed: str
    credit_moves: Mapping[str, str]  # by kind

    # Plans and prices.
    prices: str
    no_plans: str
    ended_plans: str
    active: str
    paused: str
    begins_later: str
    ended_state: str
    since: str
    begins: str
    trial_until: str
    next_billing: str
    plan_changes: str
    ends: str
    ended_on: str
    every: Mapping[str, str]  # {price}, by interval
    each: str  # {price}
    each_package: str  # {price} {size}
    first_free: str  # {units}
    first_free_amount: str  # {amount}
    first_events_free: str  # {events}
    of_the_amount: str  # {rate}
    each_event: str  # {price}
    at_least_event: str  # {amount}
    at_most_event: str  # {amount}
    at_least_period: str  # {amount}
    tier: str  # {range} {price}
    tier_for_all: str  # {range} {price}
    range: str  # {first} {last}
    from_on: str  # {first}
    any_number: str
    flat: str  # {price}
    free: str
    as_sent: str

    # The customer's own details.
    about_you: str
    billing_address: str
    shipping_address: str
    language: str
    labels: Mapping[str, str]  # by field
    save: str
    details_help: str
    check_marked: str
    wrong_field: str

    # The mail with the link.
    mail_subject: str  # {seller}
    mail_greeting: str  # {buyer}
    mail_link: str  # {hours}
    mail_open: str
    mail_unasked: str
    mail_regards: str
