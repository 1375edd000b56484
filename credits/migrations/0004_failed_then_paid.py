from django.db import migrations

# A payment that failed may succeed when it is tried again: only what is settled stays as it is.
BEFORE = "OR (OLD.status <> 'pending' AND"
AFTER = "OR (OLD.status = 'settled' AND"
CHANGE = """
DO $do$
BEGIN
    EXECUTE replace(pg_get_functiondef('credits_keep_transaction()'::regprocedure), $a${old}$a$, $b${new}$b$);
END $do$;
"""


class Migration(migrations.Migration):
    dependencies = [("credits", "0003_wallet_defences")]

    operations = [
        migrations.RunSQL(CHANGE.format(old=BEFORE, new=AFTER), CHANGE.format(old=AFTER, new=BEFORE)),
    ]
