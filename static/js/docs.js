// Draws the reference from the OpenAPI document with the vendored Swagger UI; follows the page's theme.
(() => {
  const box = document.getElementById("swagger");
  const theme = () => document.documentElement.classList.toggle("dark-mode", document.documentElement.dataset.bsTheme === "dark");
  document.addEventListener("theme", theme);
  theme();
  window.SwaggerUIBundle({
    domNode: box,
    url: box.dataset.openapi,
    docExpansion: "list",
    defaultModelsExpandDepth: -1,
    deepLinking: false,
    validatorUrl: null,
    tryItOutEnabled: false,
  });
})();
