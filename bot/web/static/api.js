/** The gateway's API for staff, with the log-in's CSRF token on everything that changes something. */

import { language, t } from "./texts.js";

/** What the gateway refused: `status`, stable `code`, `details`, and a message in the user's language. */
export class ApiError extends Error {
  constructor(status, error = {}) {
    super(error.message || t("error_unknown"));
    this.status = status;
    this.code = error.code ?? "internal";
    this.details = error.details ?? {};
  }
}

let csrf = "";
let loggedOut = () => {};

export const useToken = (token) => { csrf = token; };

/** `then()` runs when an answer says that the log-in is over. */
export const onLoggedOut = (then) => { loggedOut = then; };

export const get = (path) => send("GET", path);
export const post = (path, body = {}) => send("POST", path, body);
export const put = (path, body) => send("PUT", path, body);
export const patch = (path, body) => send("PATCH", path, body);
export const remove = (path) => send("DELETE", path);

/** `path` below /api/. Throws ApiError; one of status 0 when there is no connection. */
async function send(method, path, body) {
  const headers = { "Accept-Language": language() };
  if (method !== "GET") headers["X-CSRF-Token"] = csrf;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const response = await fetch(`/api/${path}`, { method, headers, body: body && JSON.stringify(body) }).catch(() => null);
  if (!response) throw new ApiError(0, { code: "no_connection", message: t("error_no_connection") });
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  const error = new ApiError(response.status, answer.error);
  if (error.code === "unauthorized") loggedOut();
  throw error;
}

/** Send one file as multipart; `progress(share)` hears 0…1. The promise carries `abort()`. */
export function upload(path, file, progress = () => {}) {
  const request = new XMLHttpRequest();
  const promise = new Promise((resolve, reject) => {
    request.open("POST", `/api/${path}`);
    request.setRequestHeader("X-CSRF-Token", csrf);
    request.setRequestHeader("Accept-Language", language());
    request.responseType = "json";
    request.upload.onprogress = (event) => event.lengthComputable && progress(event.loaded / event.total);
    request.onload = () => {
      if (request.status < 300) resolve(request.response);
      else reject(new ApiError(request.status, request.response?.error));
    };
    request.onerror = () => reject(new ApiError(0, { code: "no_connection", message: t("error_no_connection") }));
    request.onabort = () => reject(new ApiError(0, { code: "aborted", message: t("error_aborted") }));
    const form = new FormData();
    form.append("file", file, file.name);
    request.send(form);
  });
  promise.abort = () => request.abort();
  return promise;
}

/** An id of our own for what is sent. randomUUID exists on secure pages only; a plain local address needs ids too. */
export const newId = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
