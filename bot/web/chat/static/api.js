/** The chat API of one gateway: requests, and errors that carry the gateway's own words. */

export class ApiError extends Error {
  constructor(status, error, retryAfter) {
    super(error.message ?? "");
    this.status = status;
    this.code = error.code ?? "";
    this.details = error.details ?? {};
    this.retryAfter = retryAfter;
  }

  static async from(response) {
    const body = await response.json().catch(() => ({}));
    return new ApiError(response.status, body.error ?? {}, Number(response.headers.get("Retry-After")) || 0);
  }

  /** The same request may succeed later: nothing is wrong with what was asked. */
  get passing() {
    return this.status >= 500 || this.status === 408;
  }
}

export class Api {
  constructor(gateway, language) {
    this.root = `${gateway}/api/chat/`;
    this.language = language;
  }

  /** A JSON answer. Throws ApiError, or TypeError and DOMException when the network fails. */
  async json(path, options) {
    return (await this.fetch(path, options)).json();
  }

  async fetch(path, { token, body, form, seconds = 20, signal } = {}) {
    const headers = { "Accept-Language": this.language };
    if (token) headers.Authorization = `Bearer ${token}`;
    if (body) headers["Content-Type"] = "application/json";
    const late = AbortSignal.timeout(seconds * 1000);
    const response = await fetch(this.root + path, {
      method: body || form ? "POST" : "GET",
      headers,
      body: form ?? (body && JSON.stringify(body)),
      credentials: "omit",
      signal: signal ? either(signal, late) : late,
    });
    if (!response.ok) throw await ApiError.from(response);
    return response;
  }

  socket() {
    return new WebSocket(this.root.replace(/^http/, "ws") + "ws");
  }
}

function either(...signals) {
  const controller = new AbortController();
  for (const signal of signals) signal.addEventListener("abort", () => controller.abort(), { once: true });
  return controller.signal;
}
