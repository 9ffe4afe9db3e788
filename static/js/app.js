// What pages do in the browser: theme, charts, copying, confirmations, filters. All of it works without a server's help
// and every page works without it.
(() => {
  const root = document.documentElement;
  const isDark = () => root.getAttribute("data-bs-theme") === "dark";

  // ---- theme ----
  const showTheme = () => {
    for (const button of document.querySelectorAll("[data-theme-toggle]")) button.setAttribute("aria-pressed", isDark());
  };
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-toggle]")) return;
    root.setAttribute("data-bs-theme", isDark() ? "light" : "dark");
    localStorage.setItem("theme", isDark() ? "dark" : "light");
    document.dispatchEvent(new Event("theme"));
  });
  document.addEventListener("theme", () => {
    showTheme();
    drawCharts(document);
  });

  // ---- charts: <canvas data-chart="id of a JSON script"> ----
  let library;
  const loadLibrary = () => {
    library ??= new Promise((done, failed) => {
      const script = document.createElement("script");
      script.src = document.body.dataset.chartSrc;
      script.onload = () => done(window.Chart);
      script.onerror = failed;
      document.head.append(script);
    });
    return library;
  };
  const colour = (name) => getComputedStyle(root).getPropertyValue(`--chart-${name}`).trim();
  const dataset = (series) => {
    const line = series.kind === "line";
    return {
      label: series.label,
      type: line ? "line" : "bar",
      data: series.data.map(Number),
      yAxisID: series.axis === "right" ? "right" : "y",
      stack: line ? undefined : series.stack || "all",
      order: line ? 0 : 1,
      backgroundColor: colour(series.colour),
      borderColor: colour(series.colour),
      borderWidth: line ? 2 : 0,
      pointRadius: 0,
      pointHitRadius: 8,
      cubicInterpolationMode: "monotone",
      maxBarThickness: 28,
    };
  };
  const options = (series) => {
    const scale = (more) => ({ grid: { color: colour("grid") }, border: { display: false }, ticks: { color: colour("text") }, ...more });
    const right = series.find((one) => one.axis === "right");
    const left = series.find((one) => one.axis !== "right");
    const title = (one) => ({ display: Boolean(one && right), text: one?.axisLabel || one?.label, color: colour("text") });
    const scales = {
      x: scale({ stacked: true, grid: { display: false }, ticks: { color: colour("text"), maxRotation: 0, autoSkipPadding: 16 } }),
      y: scale({ stacked: true, beginAtZero: true, title: { ...title(left), text: left?.axisLabel || "" }, ticks: { color: colour("text"), precision: 0 } }),
    };
    if (right) scales.right = scale({ position: "right", beginAtZero: true, grid: { display: false }, title: title(right) });
    return {
      animation: false,
      maintainAspectRatio: false,
      interaction: { mode: "index", intersect: false },
      plugins: { legend: { display: series.length > 1, position: "bottom", labels: { color: colour("text"), boxWidth: 10, boxHeight: 10 } } },
      scales,
    };
  };
  const drawCharts = async (within) => {
    const canvases = within.querySelectorAll("canvas[data-chart]");
    if (!canvases.length) return;
    const Chart = await loadLibrary();
    Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
    for (const canvas of canvases) {
      const { labels, series } = JSON.parse(document.getElementById(canvas.dataset.chart).textContent);
      Chart.getChart(canvas)?.destroy();
      new Chart(canvas, { data: { labels, datasets: series.map(dataset) }, options: options(series) });
    }
  };

  // ---- copying: <button data-copy="id of an element"> ----
  const copied = async (button) => {
    const element = document.getElementById(button.dataset.copy);
    await navigator.clipboard.writeText(element.value ?? element.textContent);
    const said = button.querySelector("span");
    const before = said?.textContent;
    if (said) said.textContent = "Copied";
    button.classList.add("is-copied");
    announce("Copied");
    setTimeout(() => {
      if (said) said.textContent = before;
      button.classList.remove("is-copied");
    }, 1500);
  };
  const announce = (text) => {
    let region = document.getElementById("announcer");
    if (!region) {
      region = Object.assign(document.createElement("div"), { id: "announcer", className: "visually-hidden" });
      region.setAttribute("role", "status");
      document.body.append(region);
    }
    region.textContent = text;
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy]");
    if (button) copied(button).catch(() => announce("Copying is not allowed here"));
  });

  // ---- confirmation: <form data-confirm="question"> ----
  const ask = (question, yes) => {
    const dialog = document.createElement("dialog");
    dialog.className = "confirm";
    dialog.setAttribute("aria-label", "Please confirm");
    const text = Object.assign(document.createElement("p"), { textContent: question });
    const row = Object.assign(document.createElement("div"), { className: "confirm-buttons" });
    const no = Object.assign(document.createElement("button"), { type: "button", className: "btn", textContent: "Cancel" });
    const go = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-primary", textContent: yes });
    row.append(no, go);
    dialog.append(text, row);
    document.body.append(dialog);
    return new Promise((done) => {
      no.onclick = () => dialog.close();
      go.onclick = () => dialog.close("yes");
      dialog.onclose = () => {
        dialog.remove();
        done(dialog.returnValue === "yes");
      };
      dialog.showModal();
    });
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.dataset.confirm || form.dataset.confirmed) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const button = event.submitter;
    ask(form.dataset.confirm, button?.textContent.trim() || "Yes").then((sure) => {
      if (!sure) return;
      form.dataset.confirmed = "yes";
      form.requestSubmit(button);
    });
  }, true);

  // ---- filters: no empty arguments in addresses; a changed choice applies at once ----
  document.addEventListener("formdata", (event) => {
    if (!event.target.matches("form[data-tidy]")) return;
    for (const [name, value] of [...event.formData]) if (value === "") event.formData.delete(name);
  }, true);
  document.addEventListener("change", (event) => {
    if (event.target.matches("form[data-tidy] select")) event.target.form.requestSubmit();
  });

  const ready = (within) => {
    showTheme();
    drawCharts(within);
    const wrong = within.querySelector("[aria-invalid=true]");
    if (wrong) wrong.focus();
  };
  ready(document);
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target !== document.body) drawCharts(event.target);
  });
})();
