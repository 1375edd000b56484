"""
The words of documents and of the mails that bring them: a file for each language, named by its code.

A new language is a new file here with `WORDS`; loading it fails by the names of texts that are missing.
"""

from billing_site.core import languages as files
from invoicing.documents.languages.words import Words


def languages() -> dict[str, Words]:
    """Return the words of every language there is a file for."""
    return files.languages(__name__)


def words_for(locale: str) -> tuple[Words, str]:
    """Return the words of a locale's language and the locale in which to write amounts and dates, or English ones."""
    return files.words_for(__name__, locale)


__all__ = ["Words", "languages", "words_for"]
