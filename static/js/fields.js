// The table of a vertical's fields: add, remove and move rows. Without this file the rows there are can be filled in.
(() => {
  const list = document.querySelector("[data-field-rows]");
  if (!list) return;
  const rows = () => [...list.children];
  const input = (row, part) => row.querySelector(`[name$="-${part}"]`);
  const isBlank = (row) => !input(row, "name").value.trim() && !input(row, "label").value.trim();
  list.closest("form").classList.add("has-script");

  // Names and ids carry the row's place; the server reads the rows in that order.
  const renumber = () => {
    rows().forEach((row, place) => {
      const placed = (text) => text.replaceAll(/\bfields-\d+-/g, `fields-${place}-`);
      for (const element of row.querySelectorAll("[name], [id], [for], [aria-describedby]")) {
        for (const attribute of ["name", "id", "for", "aria-describedby"]) {
          if (element.hasAttribute(attribute)) element.setAttribute(attribute, placed(element.getAttribute(attribute)));
        }
      }
      row.querySelector("[data-move=up]").disabled = place === 0;
      row.querySelector("[data-move=down]").disabled = place === rows().length - 1;
      describe(row, place);
    });
  };
  const describe = (row, place) => {
    const called = input(row, "label").value.trim() || input(row, "name").value.trim() || `field ${place + 1}`;
    row.querySelector("legend").textContent = called;
    for (const [tool, said] of [["up", "Move up"], ["down", "Move down"], ["remove", "Remove"]]) {
      row.querySelector(`[data-move=${tool}]`).setAttribute("aria-label", `${said}: ${called}`);
    }
  };
  const showType = (row) => {
    row.querySelector(".field-row").dataset.type = input(row, "type").value;
  };

  const pattern = rows().at(-1).cloneNode(true);
  while (rows().length > 1 && isBlank(rows().at(-1))) rows().at(-1).remove();
  for (const tools of list.querySelectorAll(".part-tools")) tools.hidden = false;
  pattern.querySelector(".part-tools").hidden = false;
  renumber();

  const add = document.querySelector("[data-add-field]");
  add.hidden = false;
  document.querySelector("[data-without-script]").hidden = true;
  add.addEventListener("click", () => {
    const row = pattern.cloneNode(true);
    list.append(row);
    renumber();
    input(row, "name").focus();
  });

  list.addEventListener("click", (event) => {
    const button = event.target.closest("[data-move]");
    if (!button) return;
    const row = button.closest("li");
    const { move } = button.dataset;
    if (move === "remove") {
      const next = row.nextElementSibling || row.previousElementSibling;
      if (!next) list.append(pattern.cloneNode(true));
      row.remove();
      renumber();
      input(next || rows()[0], "name").focus();
      return;
    }
    if (move === "up") row.previousElementSibling?.before(row);
    else row.nextElementSibling?.after(row);
    renumber();
    (button.disabled ? row.querySelector("[data-move]:not(:disabled)") : button)?.focus();
  });
  list.addEventListener("change", (event) => {
    const row = event.target.closest("li");
    if (event.target.name.endsWith("-type")) {
      showType(row);
      if (["phone", "email"].includes(event.target.value)) input(row, "personal").checked = true;
    }
    describe(row, rows().indexOf(row));
  });
})();
