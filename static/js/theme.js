// Runs before the page is drawn, so that a dark page never flashes white: the stored choice, else the system's.
(() => {
  const stored = localStorage.getItem("theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  const set = (dark) => document.documentElement.setAttribute("data-bs-theme", dark ? "dark" : "light");
  set(stored ? stored === "dark" : system.matches);
  system.addEventListener("change", (event) => {
    if (!localStorage.getItem("theme")) {
      set(event.matches);
      document.dispatchEvent(new Event("theme"));
    }
  });
})();
