from django.db import migrations

NAME = "tick"


def forward(apps, schema_editor):
    """The worker ticks wherever it runs; a name by which the roof's function is found, as in settings."""
    apps.get_model("django_q", "Schedule").objects.get_or_create(
        name=NAME, defaults={"func": "billing_site.tasks.run_tick", "schedule_type": "I", "minutes": 1}
    )


def backward(apps, schema_editor):
    apps.get_model("django_q", "Schedule").objects.filter(name=NAME).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0002_activity_is_kept"),
        ("django_q", "0019_alter_task_options_alter_ormq_key_alter_ormq_lock_and_more"),
    ]
    operations = [migrations.RunPython(forward, backward)]
