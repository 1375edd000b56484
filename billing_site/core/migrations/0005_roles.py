from django.db import migrations

DUTIES = {
    "view_books": "See everything",
    "serve_customers": "Extend trials, edit and end subscriptions, send again what failed",
    "give_discounts": "Give and take back discounts",
    "move_money": "Finalise, void, refund, grant credits, record payments",
    "set_prices": "Change plans, coupons and prices",
    "administer": "Change the company, its keys and its staff",
}
ROLES = {
    "Viewer": ["view_books"],
    "Support": ["view_books", "serve_customers", "give_discounts"],
    "Finance": ["view_books", "give_discounts", "move_money"],
    "Manager": ["view_books", "serve_customers", "give_discounts", "move_money", "set_prices"],
    "Administrator": list(DUTIES),
}


def make_roles(apps, schema_editor):
    ContentType = apps.get_model("contenttypes", "ContentType")
    Permission = apps.get_model("auth", "Permission")
    Group = apps.get_model("auth", "Group")
    company, _ = ContentType.objects.get_or_create(app_label="core", model="organization")
    duties = {}
    for codename, name in DUTIES.items():
        # Django makes these only after all migrations; the roles need them now.
        duties[codename], _ = Permission.objects.get_or_create(
            content_type=company, codename=codename, defaults={"name": name}
        )
    for role, codenames in ROLES.items():
        group, _ = Group.objects.get_or_create(name=role)
        group.permissions.add(*(duties[codename] for codename in codenames))


def remove_roles(apps, schema_editor):
    apps.get_model("auth", "Group").objects.filter(name__in=ROLES).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0004_email_copies"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="organization",
            options={"permissions": list(DUTIES.items()), "verbose_name": "organization"},
        ),
        migrations.RunPython(make_roles, remove_roles),
    ]
