"""What customers are told of other prices, by language: subject, what changes when, and that it was called off."""

from collections.abc import Mapping
from typing import NamedTuple


class Notice(NamedTuple):
    """Texts with {plan}, {day} and {seller} in them."""

    subject: str
    changes: str
    fee: str
    subject_off: str
    called_off: str


NOTICES: Mapping[str, Notice] = {
    "en": Notice(
        "New prices from {day} – {seller}",
        "The prices of {plan} change on {day}. Until then everything stays as it is.",
        "The new fee is {amount}.", "Prices stay as they are – {seller}",
        "We had told you of new prices of {plan}. They are called off: your prices stay as they are.",
    ),
    "de": Notice(
        "Neue Preise ab {day} – {seller}",
        "Die Preise von {plan} ändern sich am {day}. Bis dahin bleibt alles, wie es ist.",
        "Die neue Gebühr beträgt {amount}.", "Preise bleiben, wie sie sind – {seller}",
        "Wir hatten neue Preise von {plan} angekündigt. Sie entfallen: Ihre Preise bleiben, wie sie sind.",
    ),
    "fr": Notice(
        "Nouveaux prix à partir du {day} – {seller}",
        "Les prix de {plan} changent le {day}. D’ici là, rien ne change.",
        "Le nouvel abonnement est de {amount}.", "Vos prix ne changent pas – {seller}",
        "Nous vous avions annoncé de nouveaux prix pour {plan}. Ils sont annulés : vos prix ne changent pas.",
    ),
    "es": Notice(
        "Nuevos precios a partir del {day} – {seller}",
        "Los precios de {plan} cambian el {day}. Hasta entonces, todo sigue igual.",
        "La nueva cuota es de {amount}.", "Sus precios no cambian – {seller}",
        "Le habíamos anunciado nuevos precios de {plan}. Quedan anulados: sus precios no cambian.",
    ),
    "it": Notice(
        "Nuovi prezzi dal {day} – {seller}",
        "I prezzi di {plan} cambiano il {day}. Fino ad allora tutto resta com’è.",
        "Il nuovo canone è di {amount}.", "I prezzi restano invariati – {seller}",
        "Le avevamo annunciato nuovi prezzi di {plan}. Sono annullati: i suoi prezzi restano invariati.",
    ),
    "pt": Notice(
        "Novos preços a partir de {day} – {seller}",
        "Os preços de {plan} mudam em {day}. Até lá, tudo continua igual.",
        "A nova mensalidade é de {amount}.", "Os seus preços não mudam – {seller}",
        "Tínhamos anunciado novos preços de {plan}. Foram cancelados: os seus preços não mudam.",
    ),
    "ja": Notice(
        "{day}からの新料金のお知らせ – {seller}",
        "{plan}の料金は{day}から変更されます。それまでは現在の料金のままです。",
        "新しい基本料金は{amount}です。", "料金変更取り消しのお知らせ – {seller}",
        "先日お知らせした{plan}の料金変更は取り消されました。料金は現在のままです。",
    ),
}  # fmt: skip
