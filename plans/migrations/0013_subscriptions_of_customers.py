from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0006_taxes_stay'),
        ('plans', '0012_credited_pauses'),
    ]

    operations = [
        migrations.AddConstraint(
            model_name='subscription',
            constraint=models.UniqueConstraint(fields=('id', 'customer'), name='subscription_of_one_customer'),
        ),
    ]
