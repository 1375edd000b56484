"""The outbox, to be read: each mail as it was written, with its files; what failed is sent again from here."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import display

from billing_site.core import files, mail
from billing_site.core.admin.base import StaffAdmin, shown_moment
from billing_site.core.models import Email

# Nothing in the frame may run, send forms or reach the page around it.
FRAME = '<iframe sandbox title="{}" srcdoc="{}" style="width:100%;height:26rem;border:0;background:#fff"></iframe>'


@admin.register(Email)
class EmailAdmin(StaffAdmin):
    """Mails in the outbox, sent and unsent, as they were written."""

    list_display = ("subject", "receivers", "shown_state", "queued", "sent", "last_error")
    list_filter = ("state",)
    search_fields = ("subject__istartswith",)
    actions = ("send_again",)
    fieldsets = (
        (None, {"fields": ("subject", "sender", "receivers", "copied", "reply_to", "files_attached")}),
        ("What it says", {"fields": ("as_html", "as_text")}),
        ("On its way", {"fields": ("shown_state", "queued", "sent", "attempts", "last_error")}),
    )
    readonly_fields = (
        "receivers", "copied", "files_attached", "as_html", "as_text", "shown_state", "queued", "sent",
    )  # fmt: skip

    @display(description="to")
    def receivers(self, email: Email) -> str:
        return ", ".join(email.recipients)

    @display(description="copies to")
    def copied(self, email: Email) -> str:
        return ", ".join([*email.copies, *email.blind_copies]) or "–"

    @display(description="state", ordering="state")
    def shown_state(self, email: Email) -> str:
        return email.get_state_display()

    @display(description="written", ordering="created_at")
    def queued(self, email: Email) -> str:
        return shown_moment(email.created_at)

    @display(description="sent", ordering="sent_at")
    def sent(self, email: Email) -> str:
        return shown_moment(email.sent_at)

    @display(description="files")
    def files_attached(self, email: Email) -> str:
        links = (
            (reverse("admin:core_email_attachment", args=[email.pk, index]), attachment["name"])
            for index, attachment in enumerate(email.attachments)
        )
        return format_html_join(", ", '<a class="text-primary-600 underline" href="{}">{}</a>', links) or "–"

    @display(description="as a page")
    def as_html(self, email: Email) -> SafeString | str:
        return format_html(FRAME, "The mail as a page", email.html) if email.html else "–"

    @display(description="as text")
    def as_text(self, email: Email) -> SafeString:
        return format_html('<div style="white-space:pre-wrap">{}</div>', email.text)

    def get_urls(self) -> list[URLPattern]:
        """Return the pages of mails, and the address of their files."""
        attachment = self.admin_site.admin_view(self.attachment)
        name = "core_email_attachment"
        return [path("<int:pk>/attachments/<int:index>/", attachment, name=name), *super().get_urls()]

    def attachment(self, request: HttpRequest, pk: int, index: int) -> HttpResponseBase:
        """Show or save a file of a mail."""
        email = get_object_or_404(Email, pk=pk)
        if not self.has_view_permission(request, email):
            raise PermissionDenied
        if index >= len(email.attachments):
            raise Http404
        found = email.attachments[index]
        try:
            return files.stored(found["path"], name=found["name"], content_type=found["type"])
        except FileNotFoundError as error:
            raise Http404("The file is no longer stored.") from error

    @admin.action(description="Send again")
    def send_again(self, request: HttpRequest, queryset: "QuerySet[Email]") -> None:
        now = timezone.now()
        for email in queryset:
            if email.state == Email.State.SENT:
                mail.resend(email, key=f"{email.key}:again:{now.timestamp()}", now=now)
            else:
                mail.retry(email, now=now)
        self.message_user(request, "They are on their way.")
