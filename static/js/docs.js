// Draws the reference from the OpenAPI document with the vendored Swagger UI; follows the page's theme.
(() => {
  const box = document.getElementById("swagger");
  const root = document.documentElement;
  const theme = () => root.classList.toggle("dark-mode", root.dataset.bsTheme === "dark");
  document.addEventListener("theme", theme);
  theme();
  // Swagger UI is made to be a whole page: here its title is left out and its <main> is a part of ours.
  const part = () => ({ wrapComponents: { info: () => () => null } });
  const settle = () => {
    for (const main of box.querySelectorAll("main:not([role])")) {
      main.setAttribute("role", "group");
      main.setAttribute("aria-label", "Calls");
    }
  };
  new MutationObserver(settle).observe(box, { childList: true, subtree: true });
  window.SwaggerUIBundle({
    domNode: box,
    url: box.dataset.openapi,
    plugins: [part],
    docExpansion: "list",
    defaultModelsExpandDepth: -1,
    validatorUrl: null,
  });
})();
