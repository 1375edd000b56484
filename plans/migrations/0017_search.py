from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("plans", "0016_changes_of_prices")]

    operations = [
        migrations.RunSQL(
            f"CREATE INDEX subscription_{name}_begins ON plans_subscription (upper({name}) text_pattern_ops)",
            f"DROP INDEX subscription_{name}_begins",
        )
        for name in ("external_id", "name")
    ]
