"""A field of rows, such as the tiers of a price: a cell for each column, rows added and taken away as needed."""

from collections.abc import Collection, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from django import forms
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

SPARE, MOST = 4, 100


class RowsWidget(forms.Widget):
    """Draws the rows; without script there are some spare ones."""

    use_fieldset = True

    def __init__(self, columns: Mapping[str, forms.Field], *, adds: str) -> None:
        super().__init__()
        self.columns, self.adds = columns, adds
        self.bad: set[tuple[int, str]] = set()

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[dict[str, str]]:
        """Return the rows as they were typed: the cells of a column come in the order of the rows."""
        read = data.getlist if hasattr(data, "getlist") else lambda key: data.get(key) or []
        cells = [read(f"{name}-{column}") for column in self.columns]
        return [dict(zip(self.columns, row, strict=True)) for row in zip_longest(*cells, fillvalue="")]

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        """Draw the rows there are, or an empty one; a template of one more, and the spare ones."""
        rows: Sequence[Mapping[str, Any]] = value or [{}]
        drawn = [self._cells(name, row, number) for number, row in enumerate(rows)]
        blank = self._cells(name, {}, -1)
        context = {"rows": drawn, "blank": blank, "spare": [blank] * SPARE, "adds": self.adds}
        context |= {"count": len(self.columns), "id": (attrs or {}).get("id", "")}
        return mark_safe(render_to_string("admin/staff/rows.html", context))  # noqa: S308 - a template escaped it

    def _cells(self, name: str, row: Mapping[str, Any], number: int) -> list[dict[str, Any]]:
        cells = []
        for column, field in self.columns.items():
            attrs = {"aria-invalid": "true"} if (number, column) in self.bad else {}
            shown = field.prepare_value(row.get(column, ""))
            drawn = field.widget.render(f"{name}-{column}", "" if shown is None else shown, attrs)
            cells.append({"label": field.label, "input": drawn, "column": column})
        return cells


class RowsField(forms.Field):
    """
    Rows of cells, each cell read by the field of its column; rows without anything in them do not count.

    `prefilled` are the columns that the script fills in by itself.
    """

    widget: RowsWidget

    def __init__(
        self,
        columns: Mapping[str, forms.Field],
        *,
        adds: str = "Add a row",
        prefilled: Collection[str] = (),
        **options: Any,
    ) -> None:
        self.columns, self.prefilled = columns, prefilled
        super().__init__(widget=RowsWidget(columns, adds=adds), **options)

    def clean(self, value: Sequence[Mapping[str, str]]) -> list[dict[str, Any]]:
        """
        Return the rows that were filled in.

        :raises ValidationError: with a sentence for each cell that cannot be read
        """
        rows: list[dict[str, Any]] = []
        errors: list[str] = []
        self.widget.bad = set()  # of this form alone: copies of a widget share what they began with
        if len(value) > MOST:
            raise forms.ValidationError(f"No more than {MOST} rows.")
        for number, row in enumerate(value):
            if any(str(cell).strip() for column, cell in row.items() if column not in self.prefilled):
                rows.append(self._read(number, row, errors))
        if errors:
            raise forms.ValidationError(errors)
        if self.required and not rows:
            raise forms.ValidationError("Fill in at least one row.")
        return rows

    def _read(self, number: int, row: Mapping[str, str], errors: list[str]) -> dict[str, Any]:
        read = {}
        for column, field in self.columns.items():
            try:
                read[column] = field.clean(row.get(column, ""))
            except forms.ValidationError as error:
                self.widget.bad.add((number, column))
                errors += [f"Row {number + 1}, {_small(str(field.label))}: {message}" for message in error.messages]
        return read

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Test if a row differs."""
        return (initial or []) != (data or [])


def _small(label: str) -> str:
    return label[:1].lower() + label[1:]
