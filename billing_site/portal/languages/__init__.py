"""The words of the portal: a file for each language that documents have; loading one fails by texts that it lacks."""

from billing_site.portal.languages.words import Words

__all__ = ["Words"]
