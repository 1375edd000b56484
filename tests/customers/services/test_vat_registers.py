import httpx
import pytest

from customers.services.vat_registers import Offline, Unavailable, Vies

VALID = "FR61954506077"


def vies(status=200, **answer):
    asked = []

    def answered(request):
        asked.append(request.url.path)
        return httpx.Response(status, json=answer)

    return Vies(httpx.Client(transport=httpx.MockTransport(answered))), asked


@pytest.mark.parametrize(
    ("number", "country"),
    [
        (VALID, "FR"), ("fr 61 954 506 077", "FR"), ("EL094259216", "GR"), ("FR61954506078", None),
        ("61954506077", None), ("", None), ("US123456789", None),
    ],
)  # fmt: skip
def test_form_and_check_digits_tell_the_country(number, country):
    assert Offline().country_of(number) == country


def test_the_register_is_asked_about_numbers_that_can_be_valid():
    register, asked = vies(isValid=True, userError="VALID")
    assert register.country_of("FR 61 954 506 077") == "FR"
    assert asked == ["/taxation_customs/vies/rest-api/ms/FR/vat/61954506077"]
    assert register.country_of("FR1") is None
    assert len(asked) == 1


def test_a_number_that_is_not_in_the_register_is_not_valid():
    assert vies(isValid=False, userError="INVALID")[0].country_of(VALID) is None


@pytest.mark.parametrize("answer", [{"status": 503}, {"isValid": False, "userError": "MS_UNAVAILABLE"}])
def test_a_register_that_cannot_tell_says_so(answer):
    with pytest.raises(Unavailable):
        vies(**answer)[0].country_of(VALID)
