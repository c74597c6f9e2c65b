/* The report's own behaviour: language, light and dark, sorting, folding. */
"use strict";

(() => {
  const root = document.documentElement;
  const title = document.querySelector("title");

  document.getElementById("language").addEventListener("click", () => {
    root.lang = root.lang === "en" ? "zh-CN" : "en";
    title.textContent = title.getAttribute(`data-${root.lang.toLowerCase()}`);
  });

  const theme = document.getElementById("theme");
  const night = window.matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : night.matches);
  theme.setAttribute("aria-pressed", isDark());
  theme.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    theme.setAttribute("aria-pressed", isDark());
  });

  const key = (row, index) => {
    const cell = row.cells[index];
    return "sort" in cell.dataset ? Number(cell.dataset.sort) : cell.textContent;
  };
  const compare = (a, b) => (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), root.lang));

  document.addEventListener("click", (event) => {
    const head = event.target.closest("th")?.closest("thead") && event.target.closest("th");
    if (!head || !event.target.closest("button")) return;
    const down = head.getAttribute("aria-sort") === "descending" || (!head.hasAttribute("aria-sort") && !head.classList.contains("figure"));
    for (const other of head.parentElement.children) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "ascending" : "descending");
    const body = head.closest("table").tBodies[0], index = head.cellIndex, sign = down ? 1 : -1;
    body.append(...[...body.rows].sort((a, b) => sign * compare(key(a, index), key(b, index))));
  });

  // On a phone the pictures come first; tables are one touch away. On paper everything is open.
  const tables = document.querySelectorAll("details.data");
  if (window.matchMedia("(max-width: 760px)").matches) tables.forEach((table) => (table.open = false));
  window.addEventListener("beforeprint", () => tables.forEach((table) => (table.open = true)));
})();
