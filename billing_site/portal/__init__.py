"""
The customer's portal: pages that a customer opens by a signed link, without an account.

Owns: visits, pages, their words in each language, charts. Decides nothing: it reads by the selectors that bill, and
writes by the services that the API calls. A visit sees one customer's things; all else is not found.
"""
