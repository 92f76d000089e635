/** Small charts made of SVG and of bars; each says its numbers in words too. */

import { el } from "/static/dom.js";
import { day, number, t } from "/static/texts.js";

const SVG = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT, GAP] = [600, 120, 2];

function svg(tag, attributes, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/** A bar for each day: [{day, value}]. */
export function days(all, label) {
  const most = Math.max(1, ...all.map((one) => one.value));
  const step = WIDTH / all.length;
  const gap = step > 6 ? GAP : 0;
  const drawn = all.map(({ day: date, value }, index) => {
    const height = (value / most) * (HEIGHT - 4);
    return svg("g", {},
      svg("title", {}, `${day(date)}: ${number(value)}`),
      svg("rect", { class: "hit", x: index * step, y: 0, width: step, height: HEIGHT }),
      svg("rect", { class: "bar-of-day", x: index * step + gap / 2, y: HEIGHT - height, width: Math.max(1, step - gap), height, rx: Math.min(2, step / 4) }));
  });
  const total = all.reduce((sum, one) => sum + one.value, 0);
  const summary = t("chart_summary", { label, total: number(total), most: number(Math.max(0, ...all.map((one) => one.value))) });
  return el("div", { class: "chart" },
    el("span", { class: "soft small number scale", "aria-hidden": "true" }, number(most)),
    svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": summary }, ...drawn),
    el("div", { class: "row apart soft small" }, el("span", {}, day(all[0].day)), all.length > 1 && el("span", {}, day(all.at(-1).day))));
}

/** A horizontal bar for each {label, value}, the label a text or a node. */
export function bars(all) {
  const most = Math.max(1, ...all.map((one) => one.value));
  return el("ul", { class: "ranking" }, all.map(({ label, value }) => {
    const bar = el("span", { class: "fill" });
    bar.style.width = `${Math.round((value / most) * 100)}%`;
    return el("li", {}, el("span", { class: "row apart" }, el("span", {}, label), el("span", { class: "number" }, number(value))),
      el("span", { class: "track", "aria-hidden": "true" }, bar));
  }));
}
