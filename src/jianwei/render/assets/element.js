/* <jw-chart>: draws the option it holds, once it comes near the window.
 *
 * The option is the JSON of a script element (type application/json) inside it; its style gives the height. The page holds two more of
 * those: id jw-words with {language: {key: words}} and id jw-palette with {light: {role: colour}, dark: {…}}. Charts follow the `lang`
 * and `data-theme` of the html element, and the font of the body. (No markup in this comment: the text is inlined into pages.)
 */
"use strict";

(() => {
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");
  let words, palettes;

  const context = () => {
    words ??= read("jw-words");
    palettes ??= read("jw-palette");
    const root = document.documentElement;
    const language = root.lang.startsWith("zh") ? "zh_CN" : "en";
    const font = getComputedStyle(document.body).fontFamily;
    const night = root.dataset.theme ? root.dataset.theme === "dark" : dark.matches;
    return { language, words: words[language], palette: palettes[night ? "dark" : "light"], font };
  };

  // Beyond this many values a canvas is quicker than a tree of SVG elements.
  const heavy = (option) => (option.series || []).reduce((sum, series) => sum + (series.data || []).length, 0) > 3000;

  class JwChart extends HTMLElement {
    connectedCallback() {
      this.option = JSON.parse(this.querySelector('script[type="application/json"]').textContent);
      near.observe(this);
    }

    disconnectedCallback() {
      near.unobserve(this);
      sizes.unobserve(this);
      this.chart?.dispose();
      this.chart = null;
    }

    draw() {
      near.unobserve(this);
      this.chart?.dispose();
      const now = context();
      const room = (this.room ??= this.appendChild(document.createElement("div")));
      this.chart = echarts.init(room, JianweiCharts.theme(now), { renderer: heavy(this.option) ? "canvas" : "svg" });
      this.chart.setOption({ animation: !still.matches, animationDuration: 500, ...JianweiCharts.resolve(this.option, now) });
      sizes.observe(this);
    }

    redraw() {
      if (this.chart) this.draw();
    }
  }

  const near = new IntersectionObserver((entries) => {
    for (const entry of entries) if (entry.isIntersecting) entry.target.draw();
  }, { rootMargin: "300px" });

  const sizes = new ResizeObserver((entries) => {
    for (const { target } of entries) target.chart?.resize();
  });

  const all = () => document.querySelectorAll("jw-chart");
  const redraw = () => all().forEach((element) => element.redraw());
  new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ["lang", "data-theme"] });
  dark.addEventListener("change", redraw);
  window.addEventListener("beforeprint", () => all().forEach((element) => element.chart ?? element.draw()));

  customElements.define("jw-chart", JwChart);
})();
