// Draws the reference from the OpenAPI document with the vendored Swagger UI; follows the page's theme.
(() => {
  const box = document.getElementById("swagger");
  const root = document.documentElement;
  const theme = () => root.classList.toggle("dark-mode", root.dataset.bsTheme === "dark");
  document.addEventListener("theme", theme);
  theme();

  // Swagger UI's own layout is a whole page with a title and a <main>; this one is a part of ours.
  const part = ({ React: { createElement: make } }) => {
    const Part = ({ specSelectors, getComponent }) => {
      const inside = (...children) => make("div", { className: "swagger-ui" }, ...children);
      if (specSelectors.loadingStatus() === "failed") return inside(make("p", null, "The OpenAPI document could not be loaded."));
      if (!specSelectors.specStr()) return inside(make("p", { role: "status" }, "Loading…"));
      return inside(
        make(getComponent("SvgAssets")),
        make("div", { className: "scheme-container" }, make(getComponent("AuthorizeBtnContainer", true))),
        make(getComponent("operations", true)),
      );
    };
    return { components: { Part } };
  };
  // What it leaves out for the keyboard and for screen readers.
  const mend = () => {
    for (const pre of document.querySelectorAll("#swagger pre:not([tabindex])")) pre.tabIndex = 0;
    for (const button of document.querySelectorAll("#swagger .close-modal:not([aria-label])")) button.setAttribute("aria-label", "Close");
  };
  new MutationObserver(mend).observe(box, { childList: true, subtree: true });
  window.SwaggerUIBundle({
    domNode: box,
    url: box.dataset.openapi,
    plugins: [part],
    layout: "Part",
    docExpansion: "list",
    validatorUrl: null,
  });
})();
