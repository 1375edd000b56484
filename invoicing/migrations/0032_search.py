from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0031_payments_of_requests")]

    operations = [
        migrations.RunSQL(
            f"CREATE INDEX {name} ON {table} (upper({column}) text_pattern_ops)", f"DROP INDEX {name}"
        )
        for name, table, column in (
            ("invoice_number_begins", "invoicing_invoice", "number"),
            ("credit_note_number_begins", "invoicing_creditnote", "number"),
            ("payment_reference_begins", "invoicing_payment", "reference"),
        )
    ]
