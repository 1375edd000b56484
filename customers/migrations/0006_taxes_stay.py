from django.db import migrations

# Fees and invoices keep what they owe of a tax as it was; the tax itself stays for ever (it is deleted by a date), so
# that their pointing to it need not be checked row by row.
FORWARD = """
CREATE FUNCTION customers_keep_tax() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'tax % stays: it is deleted by its date', OLD.code USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER customers_tax_kept BEFORE DELETE ON customers_tax
    FOR EACH ROW EXECUTE FUNCTION customers_keep_tax();
"""
BACKWARD = """
DROP TRIGGER customers_tax_kept ON customers_tax;
DROP FUNCTION customers_keep_tax();
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0005_compared_books")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
