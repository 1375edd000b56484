import django.db.models.deletion
from django.db import migrations, models

# Each foreign key that is checked costs a billing run some microseconds for each line. A line is its invoice's and its
# subscription's customer's: two keys say so, and stand for the three that said less. Taxes stay for ever (customers
# 0006), so that lines need not hold them.
FORWARD = """
ALTER TABLE invoicing_fee ADD CONSTRAINT fee_of_its_invoice FOREIGN KEY (invoice_id, customer_id)
    REFERENCES invoicing_invoice (id, customer_id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE invoicing_fee ADD CONSTRAINT fee_of_its_subscription FOREIGN KEY (subscription_id, customer_id)
    REFERENCES plans_subscription (id, customer_id) DEFERRABLE INITIALLY DEFERRED;
"""
BACKWARD = """
ALTER TABLE invoicing_fee DROP CONSTRAINT fee_of_its_invoice, DROP CONSTRAINT fee_of_its_subscription;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('credits', '0006_deals'),
        ('customers', '0006_taxes_stay'),
        ('invoicing', '0026_provider_records'),
        ('plans', '0013_subscriptions_of_customers'),
    ]

    operations = [
        migrations.AlterField(
            model_name='fee',
            name='customer',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='fees', to='customers.customer'),
        ),
        migrations.AlterField(
            model_name='fee',
            name='invoice',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='fees', to='invoicing.invoice'),
        ),
        migrations.AlterField(
            model_name='fee',
            name='subscription',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='fees', to='plans.subscription'),
        ),
        migrations.AlterField(
            model_name='feetax',
            name='lago_id',
            field=models.UUIDField(),
        ),
        migrations.AlterField(
            model_name='feetax',
            name='tax',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.tax'),
        ),
        migrations.AlterField(
            model_name='invoicetax',
            name='tax',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.tax'),
        ),
        migrations.AddConstraint(
            model_name='fee',
            constraint=models.CheckConstraint(condition=models.Q(('invoice__isnull', False), ('subscription__isnull', False), _connector='OR'), name='fee_has_an_owner'),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.UniqueConstraint(fields=('id', 'customer'), name='invoice_of_one_customer'),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
