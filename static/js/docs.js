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
  window.SwaggerUIBundle({
    domNode: box,
    url: box.dataset.openapi,
    plugins: [part],
    layout: "Part",
    docExpansion: "list",
    validatorUrl: null,
  });
})();
