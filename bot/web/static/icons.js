/** Line drawings on a 24 × 24 grid. Their words are on the button around them: an icon alone says nothing aloud. */

const PATHS = {
  alert: "M12 4 2.8 19.5h18.4zM12 10v4.5M12 17.2v.1",
  archive: "M4 8h16v11H4zM3 4.5h18V8H3zM10 12h4",
  arrow_left: "M19 12H5M11 6l-6 6 6 6",
  arrow_right: "M5 12h14M13 6l6 6-6 6",
  bell: "M6 16V11a6 6 0 0 1 12 0v5l1.5 2h-15zM10 20.5h4",
  bot: "M5 9h14v10H5zM12 9V5M12 4v.1M9 13.5v1M15 13.5v1M2.5 13v3M21.5 13v3",
  box: "M4 8l8-4 8 4v8.5l-8 4-8-4zM4 8l8 4 8-4M12 12v8.5",
  chart: "M4 20h16M7 16v-5M12 16V6M17 16v-8",
  chat: "M4 5h16v11H10l-5 4v-4H4z",
  check: "M5 12.5l4.5 4.5L19 7.5",
  checks: "M2.5 12.5L7 17 15.5 8M12 16l1.2 1.2L21.5 8",
  chevron_down: "M6 9.5l6 6 6-6",
  chevron_right: "M9.5 6l6 6-6 6",
  clip: "M8 12l5-5a3 3 0 0 1 4 4l-7 7a5 5 0 0 1-7-7l7-7",
  clock: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3.5 2",
  copy: "M9 9h11v11H9zM15 9V4H4v11h5",
  cross: "M6 6l12 12M18 6L6 18",
  download: "M12 4v11M7 10.5l5 5 5-5M5 20h14",
  edit: "M4 20h4L19 9l-4-4L4 16zM13.5 6.5l4 4",
  eye: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6z",
  file: "M6 3h8l4 4v14H6zM14 3v4h4",
  filter: "M4 6h16M7 12h10M10 18h4",
  globe: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM3 12h18M12 3c5 5.5 5 12.5 0 18M12 3c-5 5.5-5 12.5 0 18",
  heart: "M12 20S4 15 4 9.5A4.2 4.2 0 0 1 12 7.5a4.2 4.2 0 0 1 8 2C20 15 12 20 12 20z",
  help: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM9.5 9.5a2.5 2.5 0 1 1 3.5 2.3c-.7.4-1 .9-1 1.7M12 16.5v.1",
  history: "M4 12a8 8 0 1 1 2.5 5.8M4 12l-1.5-2M4 12l2-1.5M12 8v4.5l3 2",
  home: "M4 11l8-7 8 7v9h-5.5v-6h-5v6H4z",
  image: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15.5 9v.1",
  inbox: "M4 5h16v14H4zM4 13h4.5l1.5 2.5h4l1.5-2.5H20",
  info: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 11v5.5M12 7.7v.1",
  keyboard: "M3 7h18v10H3zM7 10.5v.1M10.5 10.5v.1M14 10.5v.1M17 10.5v.1M8 13.8h8",
  language: "M4 6h9M8.5 4v2M11 6c-.8 4-3.5 7-7 8.5M6 9c1 2.5 3 4.3 5.5 5.3M12.5 20l4-9 4 9M14 17h5",
  lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  logout: "M10 4H5v16h5M14 8l4 4-4 4M18 12H9",
  mail: "M4 6h16v12H4zM4 7l8 6 8-6",
  menu: "M4 7h16M4 12h16M4 17h16",
  moon: "M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10z",
  more: "M5.5 13a1 1 0 1 0 0-2 1 1 0 0 0 0 2zM12 13a1 1 0 1 0 0-2 1 1 0 0 0 0 2zM18.5 13a1 1 0 1 0 0-2 1 1 0 0 0 0 2z",
  note: "M5 4h14v11l-5 5H5zM14 20v-5h5M8.5 8.5h7M8.5 12h4",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 21a8 8 0 0 1 16 0",
  people: "M9 12a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20a6.5 6.5 0 0 1 13 0M15.5 5.3a3.5 3.5 0 0 1 0 6.4M18 14.5a6.5 6.5 0 0 1 3.5 5.5",
  phone: "M6 4h3.5l1.5 4-2 1.5a11 11 0 0 0 5.5 5.5l1.5-2 4 1.5V18a2 2 0 0 1-2 2A14 14 0 0 1 4 6a2 2 0 0 1 2-2z",
  pin: "M12 21s-6.5-5.5-6.5-11a6.5 6.5 0 0 1 13 0c0 5.5-6.5 11-6.5 11zM12 12.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z",
  play: "M7 5l12 7-12 7z",
  plus: "M12 5v14M5 12h14",
  refresh: "M5 12a7 7 0 0 1 12-4.9L19.5 9.5M19.5 5v4.5H15M19 12a7 7 0 0 1-12 4.9L4.5 14.5M4.5 19v-4.5H9",
  reply: "M10 7L4 12l6 5M4 12h9a7 7 0 0 1 7 7",
  search: "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM15.5 15.5L20.5 20.5",
  send: "M4 12l16-8-5 16-3-7z",
  settings: "M4 7h9M17 7h3M15 9.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM4 17h3M11 17h9M9 19.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z",
  shield: "M12 3.5l7.5 2.5v5.5c0 4.5-3.2 7.5-7.5 9-4.3-1.5-7.5-4.5-7.5-9V6zM8.5 12l2.5 2.5 4.5-5",
  snooze: "M12 21a8 8 0 1 0 0-16 8 8 0 0 0 0 16zM9.5 10.5h5l-5 5h5M5 3L2.5 5.5M19 3l2.5 2.5",
  sound: "M4 9.5h4l5-4v13l-5-4H4zM16 9a4 4 0 0 1 0 6M18.5 6.5a8 8 0 0 1 0 11",
  sound_off: "M4 9.5h4l5-4v13l-5-4H4zM16.5 9.5l5 5M21.5 9.5l-5 5",
  spark: "M12 3v5M12 16v5M3 12h5M16 12h5M6 6l3 3M15 15l3 3M18 6l-3 3M9 15l-3 3",
  sun: "M12 16.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M18.7 5.3l-1.4 1.4M6.7 17.3l-1.4 1.4",
  tag: "M4 4h8l8.5 8.5-8 8L4 12zM8 8v.1",
  transfer: "M4 8h15M15 4l4 4-4 4M20 16H5M9 12l-4 4 4 4",
  trash: "M5 7h14M9.5 7V4.5h5V7M6.5 7l1 13h9l1-13M10 11v5.5M14 11v5.5",
  truck: "M3 6h11v10H3zM14 9.5h4l3 3.5v3h-7M7 19a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM17 19a2 2 0 1 0 0-4 2 2 0 0 0 0 4z",
  undo: "M9 6L4 10.5 9 15M4 10.5h10a5.5 5.5 0 0 1 0 11h-3",
  user_plus: "M10 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM2.5 21a7.5 7.5 0 0 1 15 0M19 8v6M16 11h6",
};

/** An <svg class="icon">; throws for a name that is not drawn, so that a slip is seen at once. */
export function icon(name) {
  if (!PATHS[name]) throw new Error(`no icon ${name}`);
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(svg.namespaceURI, "path");
  line.setAttribute("d", PATHS[name]);
  svg.append(line);
  return svg;
}

export const ICONS = Object.keys(PATHS);
