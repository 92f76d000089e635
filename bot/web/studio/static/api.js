/** The gateway's admin API, with the log-in's CSRF token on everything that changes something. */

export class ApiError extends Error {
  constructor(status, error) {
    super(error.message ?? "");
    this.status = status;
    this.code = error.code ?? "";
    this.details = error.details ?? {};
  }
}

export class Api {
  constructor() {
    this.csrf = "";
    this.language = "pl";
    /** Called when the log-in is over. */
    this.onLoggedOut = () => {};
  }

  get(path) { return this.send("GET", path); }
  put(path, body) { return this.send("PUT", path, body); }
  post(path, body) { return this.send("POST", path, body ?? {}); }
  remove(path) { return this.send("DELETE", path); }

  /** `path` below /api/. Throws ApiError, or TypeError when there is no connection. */
  async send(method, path, body) {
    const headers = { "Accept-Language": this.language };
    if (method !== "GET") headers["X-CSRF-Token"] = this.csrf;
    if (body) headers["Content-Type"] = "application/json";
    const response = await fetch(`/api/${path}`, {
      method, headers, credentials: "same-origin", body: body && JSON.stringify(body),
    });
    const answer = await response.json().catch(() => ({}));
    if (response.ok) return answer;
    if (response.status === 401 && !path.startsWith("desk/login")) this.onLoggedOut();
    throw new ApiError(response.status, answer.error ?? {});
  }
}
