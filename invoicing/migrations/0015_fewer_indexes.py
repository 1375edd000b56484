import django.db.models.deletion
from django.db import migrations, models


# Each index costs every row of a billing run a microsecond: gone are those that begin as another does, those of rows
# that nearly all have nothing there, and the one by which Django would look for the beginning of an operation's key.
LIKE = "invoicing_invoice_operation_key_e6e3059f_like"


class Migration(migrations.Migration):

    dependencies = [
        ('credits', '0005_wallet_numbers'),
        ('customers', '0001_initial'),
        ('invoicing', '0014_journal_triggers'),
        ('plans', '0010_entitlements'),
    ]

    operations = [
        migrations.AlterField(
            model_name='billedperiod',
            name='subscription',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='billed_periods', to='plans.subscription'),
        ),
        migrations.AlterField(
            model_name='fee',
            name='add_on',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='fees', to='plans.addon'),
        ),
        migrations.AlterField(
            model_name='fee',
            name='charge_filter',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='fees', to='plans.chargefilter'),
        ),
        migrations.AlterField(
            model_name='fee',
            name='fixed_charge',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='fees', to='plans.fixedcharge'),
        ),
        migrations.AlterField(
            model_name='fee',
            name='subscription',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='fees', to='plans.subscription'),
        ),
        migrations.AlterField(
            model_name='fee',
            name='true_up_parent',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='true_ups', to='invoicing.fee'),
        ),
        migrations.AlterField(
            model_name='fee',
            name='wallet_transaction',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='fees', to='credits.wallettransaction'),
        ),
        migrations.AlterField(
            model_name='feetax',
            name='tax',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.tax'),
        ),
        migrations.AlterField(
            model_name='invoice',
            name='billing_entity',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='invoices', to='customers.billingentity'),
        ),
        migrations.AlterField(
            model_name='invoice',
            name='customer',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='invoices', to='customers.customer'),
        ),
        migrations.AlterField(
            model_name='invoicesubscription',
            name='invoice',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='invoice_subscriptions', to='invoicing.invoice'),
        ),
        migrations.AlterField(
            model_name='invoicetax',
            name='tax',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.tax'),
        ),
        migrations.AlterField(
            model_name='journalentry',
            name='customer',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.customer'),
        ),
        migrations.AddIndex(
            model_name='fee',
            index=models.Index(condition=models.Q(('charge_filter__isnull', False)), fields=['charge_filter'], name='fee_of_charge_filter'),
        ),
        migrations.AddIndex(
            model_name='fee',
            index=models.Index(condition=models.Q(('fixed_charge__isnull', False)), fields=['fixed_charge'], name='fee_of_fixed_charge'),
        ),
        migrations.AddIndex(
            model_name='fee',
            index=models.Index(condition=models.Q(('wallet_transaction__isnull', False)), fields=['wallet_transaction'], name='fee_of_wallet_transaction'),
        ),
        migrations.AddIndex(
            model_name='fee',
            index=models.Index(condition=models.Q(('add_on__isnull', False)), fields=['add_on'], name='fee_of_add_on'),
        ),
        migrations.RunSQL(
            f'DROP INDEX IF EXISTS "{LIKE}"',
            f'CREATE INDEX "{LIKE}" ON invoicing_invoice (operation_key varchar_pattern_ops)',
        ),
    ]
