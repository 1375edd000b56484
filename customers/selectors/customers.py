"""What is known of a customer upstairs, without knowing what is there."""

from customers.models import Customer

OWN = ("metadata",)


def is_in_use(customer: Customer) -> bool:
    """Say whether a row of a floor above points to the customer; which these are, only the registry of models knows."""
    relations = [relation for relation in customer._meta.related_objects if relation.get_accessor_name() not in OWN]
    return any(
        relation.related_model._base_manager.filter(**{relation.field.name: customer}).exists()
        for relation in relations
    )
