/* Staff forms: rows are added and taken away; fields show when what they belong to is chosen. Plain, no framework. */
(() => {
  "use strict";

  const changed = (element) => element.dispatchEvent(new Event("input", { bubbles: true }));
  const cell = (row, column) => row.querySelector(`[data-column="${column}"] input`);
  const plain = (text) => text.replace(/[,\s']/g, "");

  /* A new tier begins one above the end of the tier before it. */
  function follow(rows) {
    const all = [...rows.querySelectorAll(":scope > .staff-row")];
    all.forEach((row, place) => {
      const from = cell(row, "from");
      if (!from || from.dataset.typed) return;
      const before = place ? plain(cell(all[place - 1], "up_to").value) : "";
      if (!place) from.value = from.value || "0";
      else if (/^\d+$/.test(before)) from.value = String(BigInt(before) + 1n);
    });
  }

  function setUp(rows) {
    const add = rows.querySelector(":scope > [data-add]");
    const pattern = rows.querySelector(":scope > template");
    add.hidden = false;
    rows.querySelectorAll(".staff-row [data-remove]").forEach((button) => { button.hidden = false; });
    rows.querySelectorAll('[data-column="from"] input').forEach((input) => {
      if (input.value) input.dataset.typed = "1";
    });
    add.addEventListener("click", () => {
      const row = pattern.content.firstElementChild.cloneNode(true);
      row.querySelector("[data-remove]").hidden = false;
      rows.insertBefore(row, rows.querySelector(":scope > noscript"));
      follow(rows);
      const inputs = [...row.querySelectorAll("input, select")];
      (inputs.find((input) => !input.value) || inputs[0]).focus();
      changed(rows);
    });
    rows.addEventListener("click", (event) => {
      const button = event.target.closest("[data-remove]");
      if (!button) return;
      const row = button.closest(".staff-row");
      if (rows.querySelectorAll(":scope > .staff-row").length > 1) row.remove();
      else row.querySelectorAll("input").forEach((input) => { input.value = ""; });
      add.focus();
      changed(rows);
    });
    rows.addEventListener("input", (event) => {
      if (event.target.closest?.('[data-column="from"]')) event.target.dataset.typed = event.target.value ? "1" : "";
      else follow(rows);
    });
    follow(rows);
  }

  /* data-when="charge_model=graduated volume": shown while the field has one of these values. */
  function show(form) {
    const values = new FormData(form);
    form.querySelectorAll("[data-when]").forEach((part) => {
      const [name, wanted] = part.dataset.when.split("=");
      if (!form.elements.namedItem(name)) return;
      part.hidden = !wanted.split(" ").some((value) => values.getAll(name).includes(value));
    });
  }

  /* Tables that scroll are landmarks: each says which it is. */
  function name(parts) {
    parts.forEach((part, place) => {
      const heading = part.closest(".inline-group, section, fieldset")?.querySelector("h2, h3, legend");
      const table = part.querySelector("table") ? "Table" : "Part";
      part.dataset.simplebarAriaLabel = heading?.textContent.trim() || `${table} ${place + 1}`;
    });
  }

  /* The box in the head of a list ticks all of its rows; the buttons then say for which. */
  function tickAll(toggle) {
    const boxes = [...document.querySelectorAll('input.staff-box:not([data-tick-all])')];
    const scope = document.querySelector("[data-scope]");
    const say = () => {
      const count = boxes.filter((box) => box.checked).length;
      toggle.checked = count > 0 && count === boxes.length;
      if (scope) scope.textContent = count ? `For the ${count} ticked:` : scope.dataset.scope;
    };
    toggle.addEventListener("change", () => { boxes.forEach((box) => { box.checked = toggle.checked; }); say(); });
    boxes.forEach((box) => box.addEventListener("change", say));
    say();
  }

  document.addEventListener("DOMContentLoaded", () => {
    name(document.querySelectorAll("[data-simplebar]"));
    document.querySelectorAll("[data-print]").forEach((button) => { button.addEventListener("click", () => window.print()); });
    document.querySelectorAll(".staff-day input").forEach((input) => {
      input.addEventListener("change", () => { if (input.value) input.form.requestSubmit(); });
    });
    const toggle = document.querySelector("input[data-tick-all]");
    if (toggle) tickAll(toggle);
    document.getElementById("search-input-command")?.setAttribute("aria-label", "Search by name, number, e-mail or id");
    document.getElementById("command-submit")?.setAttribute("aria-label", "Search");
    document.querySelectorAll("[data-rows]").forEach(setUp);
    const form = document.getElementById("action-form");
    if (!form) return;
    form.addEventListener("input", () => show(form));
    form.addEventListener("change", () => show(form));
    show(form);
  });
})();
