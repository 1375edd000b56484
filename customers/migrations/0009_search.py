from django.db import migrations

# What a search reads (customers/selectors/search.py): beginnings whatever the case, and words of names and addresses.
BEGINNINGS = ("name", "external_id", "email", "slug")
WORDS = "to_tsvector('simple', name || ' ' || firstname || ' ' || lastname || ' ' || legal_name || ' ' || translate(email, '@.,-_+', '      '))"


class Migration(migrations.Migration):
    dependencies = [("customers", "0008_portal_generation")]

    operations = [
        *(
            migrations.RunSQL(
                f"CREATE INDEX customer_{name}_begins ON customers_customer (upper({name}) text_pattern_ops)",
                f"DROP INDEX customer_{name}_begins",
            )
            for name in BEGINNINGS
        ),
        migrations.RunSQL(
            f"CREATE INDEX customer_words ON customers_customer USING gin (({WORDS}))", "DROP INDEX customer_words"
        ),
    ]
