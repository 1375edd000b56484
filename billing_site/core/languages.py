"""Texts by language: a package with a file for each, named by its code, whose `WORDS` has every text."""

import importlib
import pkgutil
from functools import cache
from typing import Any

DEFAULT = "en"


@cache
def languages(package: str) -> dict[str, Any]:
    """Return the words of every language that a package has a file for; loading one fails by texts that it lacks."""
    home = importlib.import_module(package)
    names = [module.name for module in pkgutil.iter_modules(home.__path__) if module.name != "words"]
    return {name: importlib.import_module(f"{package}.{name}").WORDS for name in sorted(names)}


def words_for(package: str, locale: str) -> tuple[Any, str]:
    """
    Return the words of a locale's language and the locale in which to write amounts and dates.

    Where there is no file for the language, both are English: an English text with Arabic dates helps no one.
    """
    found = languages(package)
    words = found.get(locale.replace("_", "-").split("-")[0].lower())
    return (words, locale) if words else (found[DEFAULT], DEFAULT)
