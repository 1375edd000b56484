"""
The words of documents and of the mails that bring them: a file for each language, named by its code.

A new language is a new file here with `WORDS`; loading it fails by the names of texts that are missing.
"""

import importlib
import pkgutil
from functools import cache

from invoicing.documents.languages.words import Words

DEFAULT = "en"


@cache
def languages() -> dict[str, Words]:
    """Return the words of every language there is a file for."""
    names = [module.name for module in pkgutil.iter_modules(__path__) if module.name != "words"]
    return {name: importlib.import_module(f"{__name__}.{name}").WORDS for name in sorted(names)}


def words_for(locale: str) -> tuple[Words, str]:
    """
    Return the words of a locale's language and the locale in which to write amounts and dates.

    Where there is no file for the language, both are English: an English text with Arabic dates helps no one.
    """
    words = languages().get(locale.replace("_", "-").split("-")[0].lower())
    return (words, locale) if words else (languages()[DEFAULT], DEFAULT)


__all__ = ["Words", "languages", "words_for"]
