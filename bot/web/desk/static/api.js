// Calls to the gateway, with the log-in's CSRF token, and the live feed with polling where sockets don't get through.

import { language } from "./texts.js";

let csrf = "";
let loggedOut = () => {};

export const onLoggedOut = (action) => { loggedOut = action; };
export const useToken = (token) => { csrf = token; };

export class Refused extends Error {
  constructor(status, error) {
    super(error.message);
    this.status = status;
    this.code = error.code;
    this.details = error.details ?? {};
  }
}

export async function call(method, path, body) {
  const headers = { "Accept-Language": language(), "X-CSRF-Token": csrf };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const answer = await fetch(`/api/desk/${path}`, { method, headers, body: body && JSON.stringify(body) });
  const content = await answer.json().catch(() => ({}));
  if (answer.ok) return content;
  const refused = new Refused(answer.status, content.error ?? { code: "internal", message: String(answer.status) });
  if (refused.code === "unauthorized") loggedOut();
  throw refused;
}

export const conversation = (id, what = "") => `conversations/${encodeURIComponent(id)}${what && `/${what}`}`;

const POLL_MS = 5000;
const AGAIN_MS = 2000;

// Follows the events from `cursor()`. While there is no socket, `poll` is called instead; `shown(live)` says which it is.
export function follow({ cursor, frame, poll, shown }) {
  let socket = null;
  let stopped = false;
  const timer = setInterval(() => { if (socket?.readyState !== 1) poll(); }, POLL_MS);

  function connect() {
    if (stopped) return;
    socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/desk/ws`);
    socket.onopen = () => { socket.send(JSON.stringify({ after: cursor() })); shown(true); };
    socket.onmessage = (event) => frame(JSON.parse(event.data));
    socket.onclose = (event) => {
      if (stopped) return;
      shown(false);
      if (event.code === 4401) loggedOut();
      else setTimeout(connect, AGAIN_MS);
    };
  }

  connect();
  return () => { stopped = true; clearInterval(timer); socket.close(); };
}

// randomUUID exists on secure pages only; a desk on a plain local address needs ids too.
export function newId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
